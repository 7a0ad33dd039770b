/**
 * How state lies on disk: one file of frames, the first a snapshot, the others changes, each with checksums:
 *
 *     <16 hex digits of the SHA-256 of the header> <header as JSON>\n<body>\n
 *
 * A frame that the file ends within is torn: it was never applied, so it is dropped. Anything else that does not add up
 * is damage, and a file with damage is no verified state: a lost change might be a revoked key.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { envelopeSchema } from '../../domain/wire/gateway.ts';

const headerSchema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of the token this state was fetched with: with another token it is not this gateway's. */
  binding: z.string(),
  envelope: envelopeSchema,
  /** Milliseconds since 1970; see freshness. */
  verifiedAt: z.int(),
  bytes: z.int().min(0),
});
export type FrameHeader = z.infer<typeof headerSchema>;

export interface Frame {
  readonly header: FrameHeader;
  readonly body: Buffer;
}

const checksumLength = 16;

export function encodeFrame({ header, body }: Frame): Buffer {
  const json = JSON.stringify(header);
  return Buffer.concat([Buffer.from(`${checksum(json)} ${json}\n`), body, Buffer.from('\n')]);
}

/**
 * The frame at `start` and where the next one starts, or null where the file ends before the frame does.
 * @throws GatehouseError gateway_state_damaged
 */
export function decodeFrame(file: Buffer, start: number): { frame: Frame; next: number } | null {
  const newline = file.indexOf(0x0a, start);
  if (newline === -1) return null;
  const line = file.toString('utf8', start, newline);
  const json = line.slice(checksumLength + 1);
  if (line.slice(0, checksumLength + 1) !== `${checksum(json)} `) throw damaged('a header');
  const header = parseHeader(json);
  const end = newline + 1 + header.bytes;
  if (end + 1 > file.length) return null;
  const body = file.subarray(newline + 1, end);
  if (file[end] !== 0x0a || hash('sha256', body, 'hex') !== header.envelope.sha256) throw damaged('a body');
  return { frame: { header, body }, next: end + 1 };
}

function parseHeader(json: string): FrameHeader {
  try {
    return headerSchema.parse(JSON.parse(json));
  } catch (cause) {
    throw damaged('a header', cause);
  }
}

function checksum(json: string): string {
  return hash('sha256', json, 'hex').slice(0, checksumLength);
}

function damaged(what: string, cause?: unknown): GatehouseError {
  return new GatehouseError('gateway_state_damaged', {
    message: `The state on this gateway’s disk is damaged: ${what} does not match its checksum.`,
    cause,
  });
}

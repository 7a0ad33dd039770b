/**
 * The change log's hash chain:
 *
 *   hash = SHA-256(prev ‖ length-prefixed header)
 *
 * The header holds every column and SHA-256(salt ‖ payload), each as UTF-8 text behind its length in four bytes (null: length
 * 0xffffffff). So a person's payload and salt can be erased while the chain still verifies.
 *
 * Version 2 adds what was done and the digest of the context, sealed and erasable in the same way. It begins with the text
 * `v2`, which no header of version 1 can: those begin with a number.
 */
import { createHash } from 'node:crypto';

export interface LogHeader {
  readonly version: 1 | 2;
  readonly seq: number;
  readonly epoch: number;
  readonly at: string;
  readonly actor: string;
  readonly device: string | null;
  readonly intent: string | null;
  readonly batch: string | null;
  readonly portalId: string | null;
  readonly kind: string;
  readonly action: string;
  readonly entity: string;
  readonly entityId: string;
  readonly revision: number;
  readonly payloadDigest: Buffer;
  /** Null in version 1. */
  readonly contextDigest: Buffer | null;
}

const absent = Buffer.from([0xff, 0xff, 0xff, 0xff]);

function prefixed(field: string | null): Buffer {
  if (field === null) return absent;
  const bytes = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Seals bytes that may be erased later: without the salt nobody can guess them from their digest. */
export function sealedDigest(salt: Buffer, bytes: Buffer): Buffer {
  return createHash('sha256').update(salt).update(bytes).digest();
}

function firstFields(header: LogHeader): (string | null)[] {
  return [
    String(header.seq),
    String(header.epoch),
    header.at,
    header.actor,
    header.device,
    header.intent,
    header.batch,
    header.portalId,
    header.kind,
    header.entity,
    header.entityId,
    String(header.revision),
    header.payloadDigest.toString('hex'),
  ];
}

function fieldsOf(header: LogHeader): (string | null)[] {
  if (header.version === 1) return firstFields(header);
  return [
    `v${header.version}`,
    ...firstFields(header),
    header.action,
    header.contextDigest?.toString('hex') ?? null,
  ];
}

export function chainHash(previous: Buffer, header: LogHeader): Buffer {
  return createHash('sha256')
    .update(previous)
    .update(Buffer.concat(fieldsOf(header).map(prefixed)))
    .digest();
}

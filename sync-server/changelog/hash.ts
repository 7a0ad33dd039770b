/**
 * The change log's hash chain:
 *
 *   hash = SHA-256(prev ‖ length-prefixed header)
 *
 * The header holds every column and SHA-256(salt ‖ payload), each as UTF-8 text behind its length in four bytes (null: length
 * 0xffffffff). So a person's payload and salt can be erased while the chain still verifies.
 */
import { createHash } from 'node:crypto';

export interface LogHeader {
  readonly seq: number;
  readonly epoch: number;
  readonly at: string;
  readonly actor: string;
  readonly device: string | null;
  readonly intent: string | null;
  readonly batch: string | null;
  readonly portalId: string | null;
  readonly kind: string;
  readonly entity: string;
  readonly entityId: string;
  readonly revision: number;
  readonly payloadDigest: Buffer;
}

const absent = Buffer.from([0xff, 0xff, 0xff, 0xff]);

function prefixed(field: string | null): Buffer {
  if (field === null) return absent;
  const bytes = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function payloadDigest(salt: Buffer, payload: Buffer): Buffer {
  return createHash('sha256').update(salt).update(payload).digest();
}

export function chainHash(previous: Buffer, header: LogHeader): Buffer {
  const fields = [
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
  return createHash('sha256')
    .update(previous)
    .update(Buffer.concat(fields.map(prefixed)))
    .digest();
}

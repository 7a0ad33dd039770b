/**
 * What gateways pull: a snapshot and then changes, as NDJSON bodies under a signed envelope. The body is a list of
 * records to put and to drop; the envelope says for whom, from where to where, and seals the body's SHA-256.
 *
 * Headers of every answer: `gatehouse-envelope` (base64url of the envelope's JSON) and `gatehouse-signature` (base64url of
 * Ed25519 over exactly those JSON bytes). A gateway verifies, persists, applies, then acknowledges, in this order.
 */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';
import { cursorTextSchema } from '../cursor.ts';

export const envelopeHeader = 'gatehouse-envelope';
export const signatureHeader = 'gatehouse-signature';

export const envelopeSchema = z.strictObject({
  v: z.literal(1),
  gateway: z.uuid(),
  /** Region and services this token may see, as a digest: another scope means a new snapshot. */
  scope: z.string(),
  epoch: z.int().min(1),
  /** Null for a snapshot, else the cursor the changes start from. */
  prev: z.int().min(0).nullable(),
  to: z.int().min(0),
  /** The server's clock; freshness counts from here. */
  issuedAt: timestampSchema,
  /** Hex SHA-256 of the body. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which of the server's keys signed: the first 16 hex digits of the SHA-256 of its raw public key. */
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
});
export type Envelope = z.infer<typeof envelopeSchema>;

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** A service of this gateway: enforced or set open by an owner. A service that is absent answers 404. */
export const serviceRecordSchema = z.strictObject({
  k: z.literal('service'),
  id: z.uuid(),
  name: z.string(),
  path: z.string(),
  upstream: z.string().nullable(),
  mode: z.enum(['enforced', 'open']),
  maxStaleness: z.int().min(0).nullable(),
});

/** A live key: its developer and application are approved and it is neither deleted, revoked nor expired. */
export const credentialRecordSchema = z.strictObject({
  k: z.literal('credential'),
  hash: hashSchema,
  application: z.uuid(),
  /** Seconds since 1970, null for no end. The gateway enforces it by itself. */
  notAfter: z.int().nullable(),
});

/** A usable connection: any live key of the application may call the service. */
export const connectionRecordSchema = z.strictObject({
  k: z.literal('connection'),
  application: z.uuid(),
  service: z.uuid(),
});

export const recordSchema = z.discriminatedUnion('k', [
  serviceRecordSchema,
  credentialRecordSchema,
  connectionRecordSchema,
]);
export type GatewayRecord = z.infer<typeof recordSchema>;

/** One line of a body. Snapshots hold puts only. Keys: service id; credential hash; application and service. */
export const lineSchema = z.strictObject({ op: z.enum(['put', 'drop']), record: recordSchema });
export type GatewayLine = z.infer<typeof lineSchema>;

/** The identity of a record: what `put` replaces and `drop` removes. */
export function recordKey(record: GatewayRecord): string {
  if (record.k === 'service') return `s:${record.id}`;
  if (record.k === 'credential') return `k:${record.hash}`;
  return `c:${record.application}:${record.service}`;
}

export const ackSchema = z.strictObject({
  cursor: cursorTextSchema,
  /** Hex: XOR of the SHA-256 of every record the gateway holds (canonical JSON), so that it can be kept incrementally. */
  digest: hashSchema,
});
export type Ack = z.infer<typeof ackSchema>;

/** Seconds a `changes` request may wait for news. */
export const maxWaitSeconds = 25;

/** `ghg_<secret>_<fingerprint>`: 43 base64url characters of secret, 64 hex digits of SHA-256 of the server's raw key. */
export const gatewayTokenPattern = /^ghg_([0-9A-Za-z_-]{43})_([0-9a-f]{64})$/;

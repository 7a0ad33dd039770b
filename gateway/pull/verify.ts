/**
 * Whether an answer comes from the server that the token names, and whether it may follow what is held. Both are pure:
 * nothing is stored or applied that has not passed here.
 */
import { createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { envelopeSchema } from '../../domain/wire/gateway.ts';
import type { Envelope } from '../../domain/wire/gateway.ts';

const keysSchema = z.object({
  keys: z.array(z.object({ keyId: z.string(), publicKey: z.base64url() })),
});

const rawKeyBytes = 32;
const keyIdDigits = 16;

/**
 * The one key of the server's list whose SHA-256 is the token's fingerprint.
 * @throws GatehouseError signature_invalid: none is, so this is another server
 */
export function pickKey(answer: unknown, fingerprint: string): KeyObject {
  const keys = keysSchema.safeParse(answer).data?.keys ?? [];
  const key = keys
    .map(({ publicKey }) => Buffer.from(publicKey, 'base64url'))
    .find((raw) => raw.length === rawKeyBytes && hash('sha256', raw, 'hex') === fingerprint);
  if (!key) throw new GatehouseError('signature_invalid', { message: 'The server has another signing key.' });
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') },
    format: 'jwk',
  });
}

export interface SignedAnswer {
  /** The `gatehouse-envelope` header: base64url of the JSON that was signed. */
  readonly envelope: string;
  /** The `gatehouse-signature` header, base64url. */
  readonly signature: string;
  readonly body: Buffer;
}

/**
 * The envelope, once signature and body are found to be right.
 * @throws GatehouseError signature_invalid
 */
export function verifyAnswer(answer: SignedAnswer, key: KeyObject, fingerprint: string): Envelope {
  const signed = Buffer.from(answer.envelope, 'base64url');
  if (!verify(null, signed, key, Buffer.from(answer.signature, 'base64url'))) {
    throw new GatehouseError('signature_invalid');
  }
  const envelope = parseEnvelope(signed.toString('utf8'));
  if (envelope.keyId !== fingerprint.slice(0, keyIdDigits)) throw new GatehouseError('signature_invalid');
  if (hash('sha256', answer.body, 'hex') !== envelope.sha256) {
    throw new GatehouseError('signature_invalid', { message: 'The body of the answer was altered.' });
  }
  return envelope;
}

function parseEnvelope(json: string): Envelope {
  try {
    return envelopeSchema.parse(JSON.parse(json));
  } catch (cause) {
    throw new GatehouseError('signature_invalid', {
      message: 'The envelope is not of this version.',
      cause,
    });
  }
}

/**
 * Whether changes continue what is held; if not, only a snapshot helps.
 * @throws GatehouseError answer_foreign, epoch_lower, rollback_refused: the answer is not to be acted on at all
 */
export function continues(held: Envelope, envelope: Envelope): boolean {
  refuseBackwards(held, envelope);
  return envelope.epoch === held.epoch && envelope.scope === held.scope && envelope.prev === held.to;
}

/**
 * Holds a snapshot against what was seen before: another gateway's, an older epoch's or an earlier moment's would bring
 * revoked keys back.
 * @throws GatehouseError answer_foreign, epoch_lower, rollback_refused, signature_invalid
 */
export function checkSnapshot(held: Envelope | null, envelope: Envelope): void {
  if (envelope.prev !== null) {
    throw new GatehouseError('signature_invalid', { message: 'The answer is not a snapshot.' });
  }
  if (held) refuseBackwards(held, envelope);
}

function refuseBackwards(held: Envelope, envelope: Envelope): void {
  if (envelope.gateway !== held.gateway) throw new GatehouseError('answer_foreign');
  if (envelope.epoch < held.epoch) throw new GatehouseError('epoch_lower');
  if (envelope.epoch === held.epoch && envelope.to < held.to) throw new GatehouseError('rollback_refused');
}

/** One checkpoint as a line: written, signed, read and checked. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.ts';
import { checkpointSchema, type Checkpoint } from '../../domain/wire/audit.ts';
import type { ServerKey } from '../signing/key.ts';

type Said = Omit<Checkpoint, 'key' | 'signature'>;

/** An Ed25519 key in SubjectPublicKeyInfo, up to the raw key. */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

function signedBytes(said: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(`gatehouse-checkpoint\n${canonicalJson(said)}`, 'utf8');
}

/** Without its line break. */
export function checkpointLine(said: Said, key: ServerKey): string {
  const whole = { ...said, key: key.publicKey.toString('hex') };
  const signature = key.sign(signedBytes(whole)).toString('base64');
  return canonicalJson({ ...whole, signature });
}

/** What a later line names as the one before it. */
export function lineDigest(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}

/** Null for what is no checkpoint, as a line that was cut off by a crash. */
export function readCheckpoint(line: string): Checkpoint | null {
  try {
    return checkpointSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** Whether its key signed it. Whether that key is ours is another question. */
export function signatureHolds({ signature, ...said }: Checkpoint): boolean {
  const der = Buffer.concat([spkiHead, Buffer.from(said.key, 'hex')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, signedBytes(said), key, Buffer.from(signature, 'base64'));
}

/**
 * Refresh tokens that come one from the other are a family: they begin alike, and nobody learns that beginning but with one
 * of them. So any former token tells which session it was of, however long ago, and none has to be kept.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Of base64url: 132 bits, and 126 for what is each token's own. */
const beginning = 22;
const own = 21;

function random(): string {
  return randomBytes(32).toString('base64url');
}

/** The first token of a new family. */
export function firstToken(): string {
  return random();
}

/** Another token of the same family. */
export function nextToken(token: string): string {
  return token.slice(0, beginning) + random().slice(0, own);
}

/** How a family is kept. */
export function familyHash(token: string): Buffer {
  return createHash('sha256').update(token.slice(0, beginning), 'utf8').digest();
}

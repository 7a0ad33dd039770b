/** Opaque tokens: random, kept as SHA-256 only. */
import { createHash, randomBytes } from 'node:crypto';
import { familyHash, firstToken, nextToken } from '../secrets/families.ts';

export type TokenKind = 'access' | 'code';

/** A prefix tells secret scanners, and whoever finds one, what it is. */
const prefixes: Readonly<Record<TokenKind, string>> = { access: 'gha_', code: 'ghc_' };
const refreshPrefix = 'ghr_';

export function newToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url');
}

export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** A refresh token: of the family of `former`, or the first of its own. */
export function newRefreshToken(former: string | null): string {
  return refreshPrefix + (former === null ? firstToken() : nextToken(former.slice(refreshPrefix.length)));
}

/** What all refresh tokens of one session have in common. */
export function refreshFamily(token: string): Buffer {
  return familyHash(token.slice(refreshPrefix.length));
}

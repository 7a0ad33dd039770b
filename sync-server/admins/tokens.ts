/** Opaque tokens: random, kept as SHA-256 only. */
import { createHash, randomBytes } from 'node:crypto';

export type TokenKind = 'access' | 'refresh' | 'code';

/** A prefix tells secret scanners, and whoever finds one, what it is. */
const prefixes: Readonly<Record<TokenKind, string>> = { access: 'gha_', refresh: 'ghr_', code: 'ghc_' };

export function newToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(32).toString('base64url');
}

export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Random tokens: handed out once, kept as SHA-256 only. They are as random as a key, so no salt is needed. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** For cookies: 256 bits. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

/** For links in mails: a UUID, as the published API has it (122 random bits). */
export function newLinkToken(): string {
  return randomUUID();
}

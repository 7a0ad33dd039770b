/** Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, six digits, thirty seconds, as every authenticator has it. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const stepMilliseconds = 30_000;
const digits = 6;
const secretBytes = 20;
/** Clocks differ: the code before and the one after are taken too. */
const tolerance = 1;

export function newTotpSecret(): Buffer {
  return randomBytes(secretBytes);
}

export function stepAt(milliseconds: number): number {
  return Math.floor(milliseconds / stepMilliseconds);
}

/** The code of a step: dynamic truncation of the HMAC (RFC 4226 §5.3). */
export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  const value = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(value % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is, or null. Steps up to `lastStep` are used up, so that a code that somebody read over a
 * shoulder is good for nothing (RFC 6238 §5.2). The code is as it was typed: with blanks, or in the wide digits of a
 * Japanese keyboard.
 */
export function stepOfCode(secret: Buffer, code: string, now: number, lastStep: number): number | null {
  const given = code.normalize('NFKC').replace(/\s/g, '');
  const present = stepAt(now);
  let found: number | null = null;
  for (let step = present - tolerance; step <= present + tolerance; step++) {
    if (sameCode(codeAt(secret, step), given) && step > lastStep) found ??= step;
  }
  return found;
}

function sameCode(right: string, given: string): boolean {
  const [one, other] = [Buffer.from(right), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 (RFC 4648) without padding, as authenticators take it. */
export function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet.charAt((value >>> (bits - 5)) & 31);
    value &= 31;
  }
  return bits > 0 ? text + alphabet.charAt((value << (5 - bits)) & 31) : text;
}

/** What a QR code tells an authenticator (the Key URI format). */
export function otpauthUri(secret: Buffer, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`;
}

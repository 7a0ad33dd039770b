/**
 * API keys: 32 characters (rule 18): a 4-character prefix, 22 base62 characters from a CSPRNG (131 bits), 6 base62
 * characters of CRC-32 over the rest, so that scanners and typing mistakes are caught without asking anybody.
 */
import { crc32 } from './crc32.ts';

export const keyPrefix = 'ghk_';
export const keyLength = 32;
/** Length and alphabet alone: what a gateway without code can check. */
export const keyPattern = /^ghk_[0-9A-Za-z]{28}$/;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomCharacters = 22;
const checkCharacters = 6;
/** The largest multiple of 62 below 256: bytes from here on are thrown away, so that no character is likelier. */
const unbiasedBelow = 248;

/** A new key. `randomBytes(n)` must come from a cryptographically secure source. */
export function generateKey(randomBytes: (length: number) => Uint8Array): string {
  let random = '';
  while (random.length < randomCharacters) {
    for (const byte of randomBytes(randomCharacters * 2)) {
      if (byte < unbiasedBelow && random.length < randomCharacters) random += alphabet.charAt(byte % 62);
    }
  }
  const body = keyPrefix + random;
  return body + checksum(body);
}

/** Length, alphabet and checksum. A malformed key is refused before any look-up. */
export function isWellFormedKey(key: string): boolean {
  if (!keyPattern.test(key)) return false;
  const body = key.slice(0, keyLength - checkCharacters);
  return key.slice(body.length) === checksum(body);
}

/** What may be kept and shown of a key besides its hash. */
export function last4(key: string): string {
  return key.slice(-4);
}

function checksum(body: string): string {
  let rest = crc32(Uint8Array.from(body, (character) => character.charCodeAt(0)));
  let digits = '';
  for (let place = 0; place < checkCharacters; place++) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

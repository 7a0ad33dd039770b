/** Collects secrets as they pass on the wire: tokens, codes and cookies that nobody hands to a test. */
import type { Canary } from './forms.ts';

const seen: readonly (readonly [string, RegExp])[] = [
  ['bearer token', /^authorization: Bearer ([\w.~+/-]{20,}=*)/gim],
  ['session cookie', /^set-cookie: [\w-]+=([^;\s]{16,})/gim],
  ['token in an answer', /"(?:access_token|refresh_token)":\s*"([^"]{16,})"/g],
  ['key in an answer', /"credential":\s*"([^"]{16,})"/g],
  ['webhook secret', /"secret":\s*"(whsec_[^"]{16,})"/g],
  ['sign-in code', /^location: \S*[?&]code=([^&\s]{16,})/gim],
  ['code verifier', /(?:"code_verifier":\s*"|code_verifier=)([\w.~-]{43,})/g],
  ['mail token', /"token":\s*"([^"]{16,})"/g],
];

export interface Harvest {
  readonly take: (chunk: Buffer) => void;
  readonly canaries: () => Canary[];
}

export function openHarvest(): Harvest {
  const found = new Map<string, string>();
  return {
    take(chunk) {
      const text = chunk.toString('latin1');
      for (const [name, pattern] of seen) {
        for (const [, secret = ''] of text.matchAll(pattern)) if (!found.has(secret)) found.set(secret, name);
      }
    },
    canaries: () => [...found].map(([secret, name]) => ({ name, bytes: Buffer.from(secret, 'latin1') })),
  };
}

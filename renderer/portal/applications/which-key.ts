/** Tells a key that somebody found in a configuration. Nothing leaves the page: keys carry a checksum, the list its ends. */
import { isWellFormedKey, last4 } from '../../../domain/keys.ts';
import type { Credential } from './words.ts';

export type WhichKey =
  | { readonly found: 'nothing' }
  | { readonly found: 'malformed' }
  | { readonly found: 'foreign' }
  | { readonly found: 'key'; readonly keys: readonly Credential[] };

/** What `typed` is, among the keys of an application. The last four characters can be those of several. */
export function whichKey(typed: string, credentials: readonly Credential[]): WhichKey {
  const key = typed.trim();
  if (key === '') return { found: 'nothing' };
  if (!isWellFormedKey(key)) return { found: 'malformed' };
  const keys = credentials.filter((credential) => credential.last4 === last4(key));
  return keys.length > 0 ? { found: 'key', keys } : { found: 'foreign' };
}

/**
 * Which paths belong to which service, said once for all targets: a service at `/mock` has `/mock` and everything below
 * `/mock/`, never `/mockery`; the longest prefix wins.
 */

/** A prefix with exactly one closing slash, so that prefixes compare by whole segments. `/` stays `/`. */
export function normalPrefix(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? '/' : `/${segments.join('/')}/`;
}

/**
 * Dot segments, also percent-encoded: an upstream may resolve `/open/../private` to another service than the one that
 * was checked, so such a path is refused before anything is looked up.
 */
export const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\;]|%2f|%5c)/i;

/** What the upstream is asked for: the path below the prefix, from the slash on. */
export function pathBelow(prefix: string, path: string): string {
  return `/${path.slice(prefix.length)}`;
}

/** Portals without a host of their own live under `/portals/<name>`: pages and API alike begin there. */

const prefixed = /^\/portals\/[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?=\/|$)/;

/** Where this portal's addresses begin: empty, or `/portals/<name>`. */
export function prefixOf(pathname: string): string {
  return prefixed.exec(pathname)?.[0] ?? '';
}

/** Portals that have no host of their own live under `/portals/<name>/`: the same pages and addresses, one level down. */

/** Portal names as they appear in addresses. */
export const portalNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const prefixed = /^\/portals\/([^/?#]+)(?:\/|(?=[?#])|$)/;

export interface PrefixedUrl {
  /** Null where the address names no portal. */
  readonly name: string | null;
  /** The address below the prefix; it begins with a slash. */
  readonly rest: string;
}

/** Splits `/portals/<name>/x?y` into the name and `/x?y`; any other address is left as it is. */
export function splitPrefix(url: string): PrefixedUrl {
  const match = prefixed.exec(url);
  const name = match?.[1];
  if (!match || name === undefined || !portalNamePattern.test(name)) return { name: null, rest: url };
  return { name, rest: `/${url.slice(match[0].length)}` };
}

/**
 * For Fastify's `rewriteUrl`: routes are declared once, without a prefix. The router sees the rest;
 * `request.originalUrl` keeps the name for `resolvePortal`.
 */
export function withoutPrefix(request: { readonly url?: string | undefined }): string {
  return splitPrefix(request.url ?? '/').rest;
}

/** Where a portal's addresses begin, below the server's: empty or `/portals/<name>`. */
export function prefixOf(originalUrl: string): string {
  const { name } = splitPrefix(originalUrl);
  return name === null ? '' : `/portals/${name}`;
}

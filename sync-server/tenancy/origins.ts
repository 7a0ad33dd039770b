/**
 * Which web pages may talk to a portal. Sessions are cookies, and a browser attaches cookies to what any page asks for,
 * so every unsafe request must come from the portal's own pages or from an origin on the allow-list. Programs that are
 * no browsers send no Origin and carry nobody's cookies but their own.
 */
import { GatehouseError } from '../../domain/errors.ts';

/** The parts of a request that browsers set and pages cannot forge. */
export interface Caller {
  readonly method: string;
  /** What a page of the same host may be called by; null where only the list counts. */
  readonly host: string | null;
  readonly headers: { readonly origin?: string | undefined; readonly 'sec-fetch-site'?: unknown };
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Throws `origin_refused` for an unsafe request from a page that is neither the portal's own nor allowed. */
export function refuseForeignOrigin(caller: Caller, allowed: ReadonlySet<string>): void {
  if (safeMethods.has(caller.method)) return;
  const { origin } = caller.headers;
  const known =
    origin === undefined ? !isCrossSite(caller) : isOwn(origin, caller.host) || allowed.has(origin);
  if (!known) throw new GatehouseError('origin_refused');
}

function isCrossSite(caller: Caller): boolean {
  const site = caller.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

function isOwn(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The allow-list: the server's own public address and what the operator lists. */
export function allowedOrigins(publicUrl: string, corsOrigins: readonly string[]): ReadonlySet<string> {
  return new Set([publicUrl, ...corsOrigins].map((address) => new URL(address).origin));
}

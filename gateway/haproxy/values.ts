/** How records are written as map entries. Values have no spaces: they also travel as words of a command. */
import { isIP } from 'node:net';
import type { GatewayLine } from '../../domain/wire/gateway.ts';
import { effectiveStaleness } from '../freshness.ts';
import { normalPrefix } from '../state/paths.ts';
import { connectionKey } from '../state/records.ts';
import type { Connection, Credential, Service } from '../state/records.ts';
import { tombstone } from './files.ts';

export type Entry = readonly [key: string, value: string];

export function credentialEntry(hash: string, { application, notAfter }: Credential): Entry {
  return [hash, `${application}:${notAfter ?? 0}`];
}

export function connectionEntry({ application, service }: Connection): Entry {
  return [connectionKey(application, service), '1'];
}

/** What a change of a credential or connection does to the overlay. */
export function overlayEntry(line: GatewayLine): Entry | null {
  const { op, record } = line;
  if (record.k === 'service') return null;
  const [key, value] =
    record.k === 'credential' ? credentialEntry(record.hash, record) : connectionEntry(record);
  return [key, op === 'put' ? value : tombstone];
}

/** HAProxy strips as many path segments as its configuration has rules for. */
export const deepestPrefix = 8;

/** Resolves a host name to an address. Rejects where there is none. */
export type Resolve = (host: string) => Promise<string>;

/**
 * `<id>|<mode>|<max staleness or 0>|<depth>|<scheme>|<address>|<port>|<host header>|<base path>`; null for a prefix that no
 * request line can contain or that is too deep. Without a usable upstream the scheme is `none`, and calls get 502.
 */
export async function routeEntry(service: Service, resolve: Resolve): Promise<Entry | null> {
  const prefix = normalPrefix(service.path);
  const depth = prefix.split('/').length - 2;
  if (!/^[!-~]+$/.test(prefix) || depth > deepestPrefix) return null;
  const staleness = service.maxStaleness === null ? 0 : effectiveStaleness(service.maxStaleness);
  const upstream = await routeUpstream(service.upstream, resolve);
  return [prefix, [service.id, service.mode, staleness, Math.max(depth, 0), ...upstream].join('|')];
}

const noUpstream = ['none', '0.0.0.0', '0', '-', ''];

async function routeUpstream(upstream: string | null, resolve: Resolve): Promise<string[]> {
  if (upstream === null || !URL.canParse(upstream)) return noUpstream;
  const { protocol, hostname, port, host, pathname } = new URL(upstream);
  if (protocol !== 'http:' && protocol !== 'https:') return noUpstream;
  const bare = hostname.replace(/^\[|\]$/g, '');
  try {
    const address = isIP(bare) ? bare : await resolve(bare);
    const defaultPort = protocol === 'https:' ? '443' : '80';
    return [protocol.slice(0, -1), address, port || defaultPort, host, pathname.replace(/\/+$/, '')];
  } catch {
    return noUpstream;
  }
}

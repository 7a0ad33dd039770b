/**
 * The records a gateway holds, indexed for the questions that a call asks. Built aside for a snapshot and then taken as
 * a whole; changed in place by deltas. The digest is kept with every change.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.ts';
import type { GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';
import { normalPrefix } from './paths.ts';

export type Service = Extract<GatewayRecord, { k: 'service' }>;
export type Connection = Extract<GatewayRecord, { k: 'connection' }>;

export interface Credential {
  readonly application: string;
  /** Seconds since 1970, null for no end. */
  readonly notAfter: number | null;
}

/** The reading side: all that a target may do. */
export interface Records {
  /** The service of a request's path (without its query), by the longest prefix; with the prefix as it matched. */
  serviceAt(path: string): { readonly service: Service; readonly prefix: string } | null;
  credential(hash: string): Credential | null;
  connected(application: string, service: string): boolean;
  /** The record that this one would replace, null where there is none. */
  find(record: GatewayRecord): GatewayRecord | null;
  services(): Iterable<Service>;
  credentials(): Iterable<readonly [hash: string, credential: Credential]>;
  connections(): Iterable<Connection>;
  count(): { readonly services: number; readonly credentials: number; readonly connections: number };
  /** Hex: XOR of the SHA-256 of every record's canonical JSON. */
  digest(): string;
}

export interface WritableRecords extends Records {
  apply(line: GatewayLine): void;
}

export function createRecords(): WritableRecords {
  const services = new Map<string, Service>();
  const credentials = new Map<string, Credential>();
  const connections = new Map<string, Connection>();
  const digest = new Uint8Array(32);
  let byPrefix: Map<string, Service> | null = null;

  function mix(record: GatewayRecord | null): void {
    if (!record) return;
    const bytes = hash('sha256', canonical(record), 'buffer');
    for (let index = 0; index < digest.length; index++) {
      digest[index] = (digest[index] ?? 0) ^ (bytes[index] ?? 0);
    }
  }

  function credentialRecord(hash: string): GatewayRecord | null {
    const held = credentials.get(hash);
    return held ? { k: 'credential', hash, ...held } : null;
  }

  function find(record: GatewayRecord): GatewayRecord | null {
    if (record.k === 'service') return services.get(record.id) ?? null;
    if (record.k === 'credential') return credentialRecord(record.hash);
    return connections.get(connectionKey(record.application, record.service)) ?? null;
  }

  /** Takes out what the record replaces or drops, then puts the new one in. */
  function apply({ op, record }: GatewayLine): void {
    mix(find(record));
    if (record.k === 'service') {
      services.delete(record.id);
      if (op === 'put') services.set(record.id, record);
      byPrefix = null;
    } else if (record.k === 'credential') {
      credentials.delete(record.hash);
      const { application, notAfter } = record;
      if (op === 'put') credentials.set(record.hash, { application, notAfter });
    } else {
      const key = connectionKey(record.application, record.service);
      connections.delete(key);
      if (op === 'put') connections.set(key, record);
    }
    if (op === 'put') mix(record);
  }

  function serviceAt(path: string): { service: Service; prefix: string } | null {
    byPrefix ??= indexByPrefix(services.values());
    for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const prefix = end === path.length && !path.endsWith('/') ? `${path}/` : path.slice(0, end + 1);
      const service = byPrefix.get(prefix);
      if (service) return { service, prefix };
      if (end === 0) return null;
    }
    return null;
  }

  return {
    apply,
    serviceAt,
    credential: (hash) => credentials.get(hash) ?? null,
    connected: (application, service) => connections.has(connectionKey(application, service)),
    find,
    services: () => services.values(),
    credentials: () => credentials,
    connections: () => connections.values(),
    count: () => ({
      services: services.size,
      credentials: credentials.size,
      connections: connections.size,
    }),
    digest: () => Buffer.from(digest).toString('hex'),
  };
}

/** The record as canonical JSON. Ids and hashes need no escapes, so the two kinds that come by the million are spelt out. */
export function canonical(record: GatewayRecord): string {
  if (record.k === 'service') return canonicalJson(record);
  if (record.k === 'connection') {
    return `{"application":"${record.application}","k":"connection","service":"${record.service}"}`;
  }
  const { application, hash, notAfter } = record;
  return `{"application":"${application}","hash":"${hash}","k":"credential","notAfter":${notAfter}}`;
}

export function connectionKey(application: string, service: string): string {
  return `${application}:${service}`;
}

/**
 * One service for each prefix. Two services on one path are a mistake of the configuration: the enforced one wins, then
 * the lower id, so that every target decides alike and none opens what another one guards.
 */
export function indexByPrefix(services: Iterable<Service>): Map<string, Service> {
  const index = new Map<string, Service>();
  for (const service of services) {
    const prefix = normalPrefix(service.path);
    const other = index.get(prefix);
    if (!other || rank(service) < rank(other)) index.set(prefix, service);
  }
  return index;
}

function rank(service: Service): string {
  return `${service.mode === 'enforced' ? 0 : 1}${service.id}`;
}

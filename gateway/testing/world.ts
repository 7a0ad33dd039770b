/** Records as a server would send them, and keys that fit. */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { generateKey } from '../../domain/keys.ts';
import type { GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';
import type { Log } from '../log.ts';
import type { Credential, Service } from '../state/records.ts';

export const newKey = (): string => generateKey((length) => randomBytes(length));

export const hashOf = (key: string): string => hash('sha256', key, 'hex');

export function service(more: Partial<Service> = {}): Service {
  return {
    k: 'service',
    id: randomUUID(),
    name: 'mock',
    path: '/mock',
    upstream: null,
    mode: 'enforced',
    maxStaleness: null,
    ...more,
  };
}

export function credential(key: string, more: Partial<Credential> = {}): GatewayRecord {
  return { k: 'credential', hash: hashOf(key), application: randomUUID(), notAfter: null, ...more };
}

export function connection(application: string, to: Service): GatewayRecord {
  return { k: 'connection', application, service: to.id };
}

export const put = (record: GatewayRecord): GatewayLine => ({ op: 'put', record });
export const drop = (record: GatewayRecord): GatewayLine => ({ op: 'drop', record });

/** One application with a live key and a connection to an enforced service. */
export function smallWorld(upstream: string | null = null) {
  const key = newKey();
  const application = randomUUID();
  const mock = service({ upstream });
  const live = credential(key, { application });
  const connected = connection(application, mock);
  return { key, application, mock, live, connected, records: [mock, live, connected] };
}

export const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Waits until `met` holds. @throws Error after `longest` milliseconds, with what it was waiting for */
export async function until(
  met: () => boolean | Promise<boolean>,
  what: string,
  longest = 15_000,
): Promise<void> {
  const end = Date.now() + longest;
  while (!(await met())) {
    if (Date.now() > end) throw new Error(`waited ${longest} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The decisions that every target takes alike: calls and what they are answered. */
import { randomUUID } from 'node:crypto';
import type { GatewayLine } from '../../domain/wire/gateway.ts';
import type { CallOptions } from './calls.ts';
import { connection, credential, newKey, put, service } from './world.ts';
import type { smallWorld } from './world.ts';

export interface Case {
  readonly path: string;
  readonly options: CallOptions;
  /** Status, and the code of a refusal. */
  readonly answer: string;
}

/** What to add to a small world, and the calls that then have one right answer each. */
export function decisions(
  world: ReturnType<typeof smallWorld>,
  upstream: string,
): { lines: GatewayLine[]; cases: Case[] } {
  const lonely = newKey();
  const expired = newKey();
  const [application, late] = [randomUUID(), randomUUID()];
  const lines = [
    credential(lonely, { application }),
    credential(expired, { application: late, notAfter: Math.floor(Date.now() / 1000) - 1 }),
    connection(late, world.mock),
    service({ path: '/open/', mode: 'open', upstream }),
    service({ path: '/mock/inner', upstream }),
    service({ path: '/nowhere', mode: 'open' }),
    service({ path: '/twice', mode: 'open', upstream }),
    service({ path: '/twice', mode: 'enforced', upstream }),
  ].map(put);
  const { key } = world;
  const of = (path: string, answer: string, options: CallOptions = {}): Case => ({ path, options, answer });
  const cases = [
    of('/mock', '200', { key }),
    of('/mock/', '200', { key }),
    of('/mock', '401 key_missing'),
    of('/mock', '401 key_repeated', { raw: ['apikey', key, 'apikey', key] }),
    of('/mock', '401 key_repeated', { raw: ['apikey', key, 'APIKEY', ''] }),
    of('/mock', '401 key_malformed', { key: '' }),
    of('/mock', '401 key_malformed', { key: key.slice(1) }),
    of('/mock', '401 key_malformed', { key: `${key}x` }),
    of('/mock', '401 key_malformed', { key: key.replace('_', '-') }),
    of('/mock', '401 key_malformed', { key: key.toUpperCase() }),
    of('/mock', '401 key_malformed', { key: `${key}, ${key}` }),
    of('/mock', '401 key_unknown', { key: newKey() }),
    of('/mock', '401 key_expired', { key: expired }),
    of('/mock', '403 not_connected', { key: lonely }),
    of('/mock/inner', '403 not_connected', { key }),
    of('/mock/inner/x?y', '403 not_connected', { key }),
    of('/mock/innermost', '200', { key }),
    of('/mock?/inner', '200', { key }),
    of('/mockery', '404 service_unknown', { key }),
    of('/', '404 service_unknown', { key }),
    of('//mock', '404 service_unknown', { key }),
    of('/MOCK', '404 service_unknown', { key }),
    of('/%6dock', '404 service_unknown', { key }),
    of('/open', '200'),
    of('/open', '200', { key: 'nonsense' }),
    of('/open/...', '200'),
    of('/open/.well-known/x..y', '200'),
    of('/nowhere', '502 upstream_unreachable'),
    of('/twice', '401 key_missing'),
    ...['/open/../mock', '/open/%2e%2E/mock', '/open/.', '/open/x%2f..%2Fmock', '/open/..;/mock'].map(
      (path) => of(path, '400 path_ambiguous'),
    ),
  ];
  return { lines, cases };
}

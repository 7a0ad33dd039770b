/** How soon a commit is enforced: a key deleted, a connection revoked, with the real HAProxy answering. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import type { Row } from '../../domain/entities.ts';
import { startUpstream } from '../../gateway/testing/calls.ts';
import { createHaproxy } from '../../gateway/testing/haproxy.ts';
import { removeFolder, scratchFolder } from '../../main/core/testing/desk.ts';
import type { Commit } from '../../sync-server/changelog/commit.ts';
import { createSmallPortal, type SmallPortal } from '../../sync-server/gateways/testing.ts';
import { createGatewayToken } from '../../sync-server/gateways/tokens.ts';
import { startWhole } from '../support/whole.ts';
import { percentile, type Measurement } from './measure.ts';

const rounds = 200;
const system = { actor: 'system' };
/** What takes longer is a fault, not a figure. */
const patience = 5_000;
const program = fileURLToPath(new URL('./gateway-agent.ts', import.meta.url));

/** Asks on one open connection, again and again, until the status is as wished. */
async function untilStatus(
  agent: Agent,
  origin: string,
  key: string,
  wished: number,
  within = patience,
): Promise<number> {
  const deadline = performance.now() + within;
  for (;;) {
    const { statusCode, body } = await agent.request({
      origin,
      path: '/weather',
      method: 'GET',
      headers: { apikey: key },
    });
    await body.dump();
    if (statusCode === wished) return performance.now();
    if (performance.now() > deadline) throw new Error(`still ${statusCode} instead of ${wished}`);
  }
}

async function putKey(commit: Commit, { credential, hash }: SmallPortal): Promise<void> {
  await commit(async (change) => {
    await change.put('credential', [credential], system);
    await change.db
      .insertInto('credentialSecrets')
      .values({ credentialId: credential.id, portalId: credential.portalId, hash: Buffer.from(hash, 'hex') })
      .execute();
  });
}

export const measureGateways: Measurement = async ({ say }) => {
  const whole = await startWhole();
  const haproxy = await createHaproxy();
  const upstream = await startUpstream();
  const dataDir = await scratchFolder();
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const { commit, key } = whole.server.deps;
  const small = await createSmallPortal(commit);
  await commit((change) =>
    change.put('service', [{ ...small.service, upstream: upstream.url, revision: 2 }], system),
  );
  const token = await createGatewayToken(whole.server.deps, {
    gateway: small.gateway.id,
    fingerprint: key.fingerprint,
  });
  await haproxy.start();
  const { socket, mapsDir, port } = haproxy;
  const gateway = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      SERVER: whole.server.url,
      TOKEN: token,
      DATA_DIR: dataDir,
      SOCKET: socket,
      MAPS_DIR: mapsDir,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  const live = 200;
  try {
    say('gateway: HAProxy is up, first state on its way');
    await untilStatus(agent, origin, small.key, live, 60_000);
    const deleted: number[] = [];
    const revoked: number[] = [];
    let revision = small.registration.revision;
    const decide = async (state: Row<'registration'>['state']): Promise<void> => {
      revision += 1;
      await commit((change) =>
        change.put('registration', [{ ...small.registration, state, revision }], system),
      );
    };
    for (let round = 0; round < rounds; round++) {
      await commit((change) => change.drop('credential', [small.credential], system));
      const from = performance.now();
      deleted.push((await untilStatus(agent, origin, small.key, 401)) - from);
      await putKey(commit, small);
      await untilStatus(agent, origin, small.key, live);
      await decide('revoked');
      const since = performance.now();
      revoked.push((await untilStatus(agent, origin, small.key, 403)) - since);
      await decide('approved');
      await untilStatus(agent, origin, small.key, live);
    }
    const slowest = (samples: readonly number[]): string =>
      [...samples]
        .sort((a, b) => b - a)
        .slice(0, 8)
        .map(Math.round)
        .join(', ');
    say(
      `gateway: the slowest of ${rounds}: 401 after ${slowest(deleted)} ms; 403 after ${slowest(revoked)} ms`,
    );
    const figures = (what: string, samples: readonly number[], chart: string) =>
      [
        { section: 'gateway', what: `${what}, p50`, value: percentile(samples, 0.5), unit: 'ms' },
        {
          section: 'gateway',
          what: `${what}, p99`,
          value: percentile(samples, 0.99),
          unit: 'ms',
          target: { at: 100, is: 'most' },
          chart,
        },
      ] as const;
    return [
      ...figures('key deleted → HAProxy answers 401', deleted, 'commit → enforced'),
      ...figures('connection revoked → HAProxy answers 403', revoked, 'commit → enforced'),
    ];
  } finally {
    await agent.close();
    const gone = once(gateway, 'exit');
    gateway.kill('SIGKILL');
    await gone;
    await haproxy.close();
    await upstream.close();
    await whole.close();
    await removeFolder(dataDir);
  }
};

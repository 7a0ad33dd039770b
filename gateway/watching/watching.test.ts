/** What an agent tells supervisors and Prometheus, of the agent as it runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMetrics, type Scraped } from '../../test/support/prometheus.ts';
import { runGateway, type Gateway } from '../run.ts';
import { createHaproxy, haproxyPath } from '../testing/haproxy.ts';
import { createScene, type Scene } from '../testing/scene.ts';
import { credential, newKey, put, service, silent, until } from '../testing/world.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});

afterEach(() => scene.close());

const addressOf = ({ metricsPort }: Gateway): string => `http://127.0.0.1:${metricsPort ?? 0}`;

async function scrape(gateway: Gateway): Promise<Scraped> {
  const answer = await fetch(`${addressOf(gateway)}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const scraped = readMetrics(await answer.text());
  expect(scraped.problems).toEqual([]);
  return scraped;
}

async function ready(gateway: Gateway): Promise<[status: number, code: unknown]> {
  const answer = await fetch(`${addressOf(gateway)}/readyz`);
  const body: unknown = await answer.json();
  return [answer.status, typeof body === 'object' && body && 'code' in body ? body.code : null];
}

describe('an agent', () => {
  test('has a port for watchers only where it is told one', async () => {
    expect((await scene.start()).metricsPort).toBeNull();
  });

  test('says how far it is, how fresh that is and what it holds', async () => {
    const agent = await scene.start({ metricsPort: 0 });
    await scene.inTouch();
    await scene.acknowledged();
    scene.server.commit(put(credential(newKey())));
    await until(() => agent.status().acknowledged === scene.server.cursor(), 'the acknowledgement');
    const { value } = await scrape(agent);
    const of = (name: string, labels = {}): number => value(`gatehouse_agent_${name}`, labels);
    expect(of('seq')).toBe(scene.server.seq);
    expect(of('epoch')).toBe(1);
    expect(of('lag_changes')).toBe(0);
    expect(of('unacknowledged_changes')).toBe(0);
    expect(of('records', { kind: 'credentials' })).toBe(2);
    expect(of('records', { kind: 'services' })).toBe(1);
    expect(of('state', { state: 'fresh' })).toBe(1);
    expect(of('state', { state: 'stale' })).toBe(0);
    expect(of('connected')).toBe(1);
    expect(of('target_live')).toBe(1);
    expect(of('apply_seconds_count', { what: 'snapshot' })).toBe(1);
    expect(of('apply_seconds_count', { what: 'changes' })).toBe(1);
    expect(of('polls_total')).toBeGreaterThan(1);
    expect(of('poll_age_seconds')).toBeLessThan(10);
    expect(of('verified_age_seconds')).toBeLessThan(10);
    expect(await ready(agent)).toEqual([200, null]);
  });

  test('tells nothing that it does not know yet, and is not ready without state', async () => {
    await scene.server.down();
    const agent = await scene.start({ metricsPort: 0 });
    await scene.refuses('server_unreachable');
    const { samples, value } = await scrape(agent);
    expect(samples.filter(({ name }) => /_(seq|lag_changes|poll_age_seconds)$/.test(name))).toEqual([]);
    expect(value('gatehouse_agent_state', { state: 'none' })).toBe(1);
    expect(value('gatehouse_agent_poll_errors_total', { code: 'server_unreachable' })).toBeGreaterThan(0);
    expect(await ready(agent)).toEqual([503, 'gateway_not_ready']);
    expect((await fetch(`${addressOf(agent)}/healthz`)).status).toBe(200);
    expect((await fetch(`${addressOf(agent)}/elsewhere`)).status).toBe(404);
  });

  test('is stale, and not ready, once a service’s patience has gone by', async () => {
    scene.server.commit(put(service({ path: '/hasty', maxStaleness: 60 })));
    const agent = await scene.start({ metricsPort: 0 });
    await scene.inTouch();
    await scene.server.down();
    await scene.refuses('server_unreachable');
    // A server that is away alone is no reason: keys go on working.
    expect(await ready(agent)).toEqual([200, null]);
    scene.ahead = 120_000;
    const { value } = await scrape(agent);
    expect(value('gatehouse_agent_stale_services')).toBe(1);
    expect(value('gatehouse_agent_state', { state: 'stale' })).toBe(1);
    expect(value('gatehouse_agent_connected')).toBe(0);
    expect(value('gatehouse_agent_poll_age_seconds')).toBeGreaterThan(100);
    expect(await ready(agent)).toEqual([503, 'gateway_stale']);
  });

  test('does not start where its port for watchers is taken, and lets its folder go', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const metricsPort = typeof address === 'object' && address ? address.port : 0;
    await expect(scene.start({ metricsPort })).rejects.toMatchObject({ code: 'port_taken' });
    await new Promise((resolve) => other.close(resolve));
    await scene.start({ metricsPort });
    await scene.inTouch();
  });
});

test.runIf(haproxyPath !== undefined)(
  'counts what HAProxy did not take, and the lag that it leaves',
  async () => {
    const haproxy = await createHaproxy();
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
    const { socket, mapsDir } = haproxy;
    const agent = await runGateway({
      server: scene.server.url,
      token: scene.server.token,
      target: 'haproxy',
      dataDir,
      haproxy: { socket, mapsDir },
      metricsPort: 0,
      log: silent,
    });
    try {
      await until(async () => {
        const { value } = await scrape(agent);
        return value('gatehouse_agent_target_errors_total') > 0;
      }, 'an error of the target');
      const { value } = await scrape(agent);
      expect(value('gatehouse_agent_lag_changes')).toBe(scene.server.seq);
      expect(value('gatehouse_agent_target_live')).toBe(0);
      expect(await ready(agent)).toEqual([503, 'target_behind']);
      await haproxy.start();
      await until(async () => (await ready(agent))[0] === 200, 'HAProxy to be fed');
      expect((await scrape(agent)).value('gatehouse_agent_lag_changes')).toBe(0);
    } finally {
      await agent.close();
      await haproxy.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);

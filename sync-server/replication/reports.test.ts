import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeReport } from '../../domain/wire/desk-report.ts';
import { readMetrics } from '../../test/support/prometheus.ts';
import { signedInAdmin } from '../admins/testing.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { keepReports } from './reports.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

const p99 = 'gatehouse_device_journal_sync_p99_seconds';

async function shown(name: string): Promise<Record<string, number>> {
  const { samples, problems } = readMetrics(await server.deps.metrics.registry.metrics());
  expect(problems).toEqual([]);
  const found = samples.filter((sample) => sample.name === name);
  return Object.fromEntries(found.map(({ labels, value }) => [labels['id'] ?? '', value]));
}

it('shows what a desk says of its disk, in seconds, for as long as it is connected', async () => {
  const { headers, device } = await signedInAdmin(server.deps);
  const desk = await TestDesk.connect(server.url, headers);
  desk.socket.ping(encodeReport({ p50: 0.25, p99: 12.5 }));
  await expect.poll(() => shown(p99)).toEqual({ [device]: 0.0125 });
  expect(await shown('gatehouse_device_journal_sync_median_seconds')).toEqual({ [device]: 0.00025 });
  // What is no report changes nothing, and is answered like any ping.
  for (const odd of ['', '1:42', '{"v":1,"journal":{"p50":"x"}}', 'x'.repeat(125)]) {
    desk.socket.ping(odd);
    await once(desk.socket, 'pong');
  }
  expect(await shown(p99)).toEqual({ [device]: 0.0125 });
  expect(desk.goodbye).toBeNull();
  await desk.close();
  await expect.poll(() => shown(p99)).toEqual({});
});

it('are of so many devices at most: those that were heard of last', async () => {
  const { registry, sync } = createMetrics();
  const reports = keepReports(sync.journal, 2);
  const report = Buffer.from(encodeReport({ p50: 1, p99: 1 }));
  for (const device of ['a', 'b', 'a', 'c']) reports.heard(device, report);
  const { samples } = readMetrics(await registry.metrics());
  expect(samples.filter(({ name }) => name === p99).map(({ labels }) => labels['id'])).toEqual(['a', 'c']);
});

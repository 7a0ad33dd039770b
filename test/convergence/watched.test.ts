/** A desk and a server, both real: what the server tells Prometheus of the desk. */
import { expect, test } from 'vitest';
import { settled } from '../../main/core/testing/desk.ts';
import { readMetrics, type Scraped } from '../support/prometheus.ts';
import { openScene, patience } from './scene.ts';

test('how long a desk’s disk takes for its journal stands in the server’s metrics, by device', async () => {
  const scene = await openScene(1);
  try {
    const { server } = scene.whole;
    const scrape = async (): Promise<Scraped> =>
      readMetrics(await (await fetch(`http://127.0.0.1:${server.config.port}/metrics`)).text());
    const desk = await scene.desk('Ada');
    const id = scene.portal.requests[0]?.developer.id ?? '';
    await desk.ask('decide', { action: 'approve', targets: [{ kind: 'developer', id }], reason: null });
    await desk.until(settled);

    const journal = 'gatehouse_device_journal_sync_p99_seconds';
    const times = async (): Promise<number[]> =>
      (await scrape()).samples.filter(({ name }) => name === journal).map(({ value }) => value);
    await expect.poll(async () => (await times()).length, patience).toBe(1);
    const { value, problems } = await scrape();
    expect(problems).toEqual([]);
    const { journalSync } = await desk.ask('status.get', {});
    const told = value('gatehouse_device_journal_sync_median_seconds') * 1000;
    expect(told).toBeCloseTo(journalSync?.p50 ?? NaN, 2);
    expect(value('gatehouse_outcomes_total', { kind: 'applied' })).toBe(1);
  } finally {
    await scene.close();
  }
});

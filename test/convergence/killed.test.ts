/** The server and its database are killed again and again while decisions are on their way. */
import { afterEach, expect, test } from 'vitest';
import { setTimeout as passing } from 'node:timers/promises';
import { settled } from '../../main/core/testing/desk.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene | null = null;

afterEach(async () => {
  await scene?.close();
  scene = null;
});

const rounds = 8;
const batch = 25;

test(
  'each decision has exactly one outcome, however often the server is killed',
  { timeout: 120_000 },
  async () => {
    scene = await openScene(rounds * batch);
    const { whole, portal, desk: openDesk } = scene;
    const desk = await openDesk('Ada');
    await whole.stop();
    for (let round = 0; round < rounds; round++) {
      const { kill } = await whole.startApart();
      await desk.until(({ sync }) => sync.state === 'synced');
      const targets = portal.requests
        .slice(round * batch, (round + 1) * batch)
        .map(({ developer }) => ({ kind: 'developer' as const, id: developer.id }));
      await desk.ask('decide', { action: 'approve', targets, reason: null });
      // Not a wait for anything: the moment of the kill moves through the decisions' way from round to round.
      await passing(round * 6);
      await kill();
      await desk.until(({ sync }) => sync.state === 'offline');
    }
    await whole.start();
    await desk.until(settled);
    expect((await desk.ask('attention.list', {})).entries).toEqual([]);
    const { rows } = await whole.server.deps.pool.query(
      `select count(*)::int as outcomes, count(distinct intent)::int as intents from change_log where kind = 'outcome'`,
    );
    expect(rows).toEqual([{ outcomes: rounds * batch, intents: rounds * batch }]);
    const approved = await whole.server.deps.pool.query(
      `select count(*)::int as n from developers where state = 'approved'`,
    );
    expect(approved.rows).toEqual([{ n: rounds * batch }]);
    await scene.expectConverged();
  },
);

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createDb, createPool } from '../db/connect.ts';
import { clocksOfTheLog } from '../db/migrations/0011-clocks-of-the-log.ts';
import { resolveFilter } from './filter.ts';
import { readItems } from './items.ts';

const hour = 3_600_000;

let test: TestDeps;

beforeAll(async () => {
  test = await createTestDeps();
});

afterAll(() => test.close());

/** As many commits, each a second after the one before; their times. */
async function commits(count: number, action: 'device.enrolled' | 'device.revoked'): Promise<string[]> {
  const times: string[] = [];
  for (let number = 0; number < count; number++) {
    test.advance(1_000);
    times.push(new Date(test.deps.clock()).toISOString());
    await test.deps.commit(async (change) =>
      change.event({
        name: action,
        subject: { entity: 'device', id: crypto.randomUUID() },
        details: {},
        cause: { actor: 'system' },
      }),
    );
  }
  return times;
}

async function foundBetween(times: readonly string[]): Promise<string[]> {
  const span = { from: times[0] ?? '', to: times.at(-1) ?? '' };
  const filter = await resolveFilter(test.deps.db, span);
  const items = await readItems(test.deps.db, filter, { limit: 1_000 });
  return items.map(({ committedAt }) => committedAt).reverse();
}

it('finds by time what was written by a clock that was set back or ran ahead, and what came before and after', async () => {
  const before = await commits(40, 'device.enrolled');
  test.advance(-25 * hour);
  const back = await commits(20, 'device.revoked');
  test.advance(50 * hour);
  const ahead = await commits(20, 'device.revoked');
  test.advance(-25 * hour);
  const after = await commits(40, 'device.enrolled');
  for (const times of [before, back, ahead, after]) expect(await foundBetween(times)).toEqual(times);
});

it('knows of the clocks of a log that an earlier release wrote', async () => {
  const db = createDb(createPool(test.database.connection));
  const clocks = () => db.selectFrom('logHead').select(['latest', 'setBack']).executeTakeFirstOrThrow();
  try {
    const kept = await clocks();
    expect(kept.setBack).toBeGreaterThan(24 * hour);
    await test.deps.pool.query('alter table log_head drop column latest, drop column set_back');
    await clocksOfTheLog.up(db);
    expect(await clocks()).toEqual(kept);
  } finally {
    await db.destroy();
  }
});

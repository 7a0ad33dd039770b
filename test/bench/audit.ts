/**
 * How soon an owner has a page of the audit, over a log of ten entries for each registration asked for: each filter, pairs
 * of them that never occur together, names that one thing has, or none, or very many.
 */
import { createPool, createDb } from '../../sync-server/db/connect.ts';
import { migrate } from '../../sync-server/db/migrate.ts';
import { createTestDatabase, startTestServer } from '../../sync-server/db/testing.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { AuditFilter } from '../../domain/wire/audit.ts';
import { bounded } from '../../sync-server/audit/bounded.ts';
import { resolveFilter } from '../../sync-server/audit/filter.ts';
import { searchPage } from '../../sync-server/audit/search.ts';
import type { Db } from '../../sync-server/db/schema.ts';
import { fillLog, type Filled } from './audit/fill.ts';
import { percentile, timed, type Measurement } from './measure.ts';

const section = 'audit';
const perRegistration = 10;
const times = 20;
const page = 50;

const nobody = '00000000-0000-7000-8000-000000000001';

/** The same question about another thing each time, so that no answer is at hand from before. */
function questions(log: Filled): readonly ((turn: number) => AuditFilter)[] {
  const of = (all: readonly string[], turn: number): string => all[turn % all.length] ?? nobody;
  const middle = (Date.parse(log.from) + Date.parse(log.to)) / 2;
  const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
  return [
    () => ({}),
    (turn) => ({ actor: of(log.admins, turn) }),
    () => ({ actor: `admin:${nobody}` }),
    () => ({ kind: 'outcome' }),
    () => ({ kind: 'event' }),
    () => ({ action: 'applied' }),
    () => ({ action: 'refused' }),
    () => ({ action: 'nothing' }),
    () => ({ entity: 'developer' }),
    () => ({ entity: 'portal' }),
    (turn) => ({ entityId: of(log.things, turn) }),
    (turn) => ({ portalId: of(log.portals, turn) }),
    () => ({ portalId: nobody }),
    (turn) => ({ device: of(log.devices, turn) }),
    (turn) => ({ intent: of(log.intents, turn) }),
    (turn) => ({ batch: of(log.batches, turn) }),
    () => ({ from: time(middle), to: time(middle + 24 * 60 * 60 * 1000) }),
    () => ({ to: log.from }),
    (turn) => ({ search: of(log.names, turn) }),
    () => ({ search: 'nobody is called so' }),
    () => ({ search: 'tracker' }),
    (turn) => ({ portalId: of(log.portals, turn), action: 'refused' }),
    (turn) => ({ actor: of(log.admins, turn), entity: 'registration' }),
    () => ({ entity: 'credential', action: 'approve' }),
  ];
}

/** Pairs of what there is plenty of, and never together: the whole log has to be looked through, an answer at a time. */
function unlucky(log: Filled): readonly AuditFilter[] {
  const [actor, device] = [log.admins[0] ?? nobody, log.devices[1] ?? nobody];
  return [
    { actor, action: 'created' },
    { actor, entity: 'credential' },
    { actor, device },
    { device, action: 'created' },
    { kind: 'outcome', action: 'created' },
    { kind: 'row', entity: 'intent' },
  ];
}

/** Milliseconds of each answer, until the log was looked through. */
async function askOn(db: Db, filter: AuditFilter): Promise<number[]> {
  const answers: number[] = [];
  let before: number | null | undefined;
  do {
    answers.push(
      await timed(async () => {
        const found = await bounded(db, async (trx) =>
          searchPage(trx, await resolveFilter(trx, filter), { limit: page, before: before ?? undefined }),
        );
        before = found.next;
      }),
    );
  } while (before !== null);
  return answers;
}

/** Milliseconds of a page; a name that very many things have is answered as such. */
function ask(db: Db, filter: AuditFilter, from?: number): Promise<number> {
  return timed(async () => {
    try {
      await bounded(db, async (trx) =>
        searchPage(trx, await resolveFilter(trx, filter), { limit: page, before: from }),
      );
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code !== 'search_too_wide') throw error;
    }
  });
}

export const measureAudit: Measurement = async ({ rows, say }) => {
  const server = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db).finally(() => db.destroy());
  });
  try {
    const database = await createTestDatabase(server);
    const db = createDb(createPool(database.connection));
    const log = await fillLog(db, rows * perRegistration, say);
    const [first, next]: [number[], number[]] = [[], []];
    const middle = Math.ceil(log.entries / 2);
    for (const question of questions(log)) {
      for (let turn = 0; turn < times; turn++) first.push(await ask(db, question(turn)));
      for (let turn = 0; turn < times; turn++) next.push(await ask(db, question(turn), middle));
    }
    const answers: number[] = [];
    const whole: number[] = [];
    for (const filter of unlucky(log)) {
      const each = await askOn(db, filter);
      answers.push(...each);
      whole.push(each.reduce((sum, one) => sum + one, 0));
    }
    await db.destroy();
    const target = { at: 50, is: 'most' } as const;
    const chart = 'a page of the audit';
    return [
      { section, what: 'entries of the log', value: log.entries, unit: 'rows' },
      { section, what: 'first page, p50', value: percentile(first, 0.5), unit: 'ms', chart },
      { section, what: 'first page, p95', value: percentile(first, 0.95), unit: 'ms', target, chart },
      { section, what: 'page from the middle, p50', value: percentile(next, 0.5), unit: 'ms', chart },
      {
        section,
        what: 'page from the middle, p95',
        value: percentile(next, 0.95),
        unit: 'ms',
        target,
        chart,
      },
      { section, what: 'pairs that never meet: longest answer', value: Math.max(...answers), unit: 'ms' },
      { section, what: 'pairs that never meet: the whole log', value: Math.max(...whole), unit: 'ms' },
    ];
  } finally {
    await server.stop();
  }
};

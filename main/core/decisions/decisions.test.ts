import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../../domain/states.ts';
import type { Role } from '../../../domain/entities.ts';
import type { Lineage } from '../../../domain/lineage.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import { fileDisk } from '../journal/disk.ts';
import { journalPath, openJournal, type Journal } from '../journal/journal.ts';
import { systemRandom, type Clock } from '../ports.ts';
import { removeFolder, scratchFolder } from '../testing/desk.ts';
import { decisionsOf, type Decisions } from './decisions.ts';
import { idMaker } from './ids.ts';
import { stepsTo } from './steps.ts';

const hold = 10_000;
const developer = { kind: 'developer' as const, id: randomUUID() };
const application = { kind: 'application' as const, id: randomUUID() };
const registration = { kind: 'registration' as const, id: randomUUID() };

let now: number;
let role: Role;
let dataDir: string;
let journal: Journal;
let decisions: Decisions;
let states: Map<string, string>;
/** Of the one registration. */
let productId: string;

/** The rows as the copy would answer them. */
const rows = () => [
  { kind: 'developer', id: developer.id, basis: { developer: 3 }, related: [] },
  {
    kind: 'application',
    id: application.id,
    basis: { application: 5, developer: 3 },
    related: [developer.id],
  },
  {
    kind: 'registration',
    id: registration.id,
    basis: { registration: 7, application: 5, developer: 3, publication: 2 },
    related: [application.id, developer.id],
  },
];

beforeEach(async () => {
  now = Date.parse('2026-06-01T00:00:00.000Z');
  role = 'owner';
  productId = '00000000-0000-7000-8000-0000000000aa';
  states = new Map([developer, application, registration].map(({ id }) => [id, 'pending']));
  dataDir = await scratchFolder();
  const owner = { server: 'http://localhost:1', admin: randomUUID() };
  journal = await openJournal(fileDisk(journalPath(dataDir, owner)), owner, now);
  const clock: Clock = { now: () => now, after: () => () => undefined };
  decisions = decisionsOf({
    replica: {
      query: async (schema, _sql, binds) => {
        const wanted: unknown = JSON.parse(String(binds?.[0]));
        return rows()
          .filter(({ id }) => Array.isArray(wanted) && wanted.includes(id) && states.has(id))
          .map(({ kind: _kind, ...row }) =>
            schema.parse({ productId, ...row, title: 'x', state: states.get(row.id) }),
          );
      },
    },
    journal,
    clock,
    newId: idMaker(clock, systemRandom),
    hold,
    device: () => '00000000-0000-7000-8000-000000000001',
    rights: () => ({ role, productIds: ['00000000-0000-7000-8000-0000000000aa'] }),
  });
});

afterEach(async () => {
  await journal.close();
  await removeFolder(dataDir);
});

const decide = (
  action: Action,
  ...targets: (typeof developer | typeof application | typeof registration)[]
) => decisions.decide({ action, targets, reason: null });
const leave = () =>
  decisions.leave({ offered: new Set(), count: 1_000, bytes: 1e6, size: () => 1, ended: false });
const unanswered = () => [...journal.unanswered.values()].map(({ intent }) => intent);

test('what opens rests, may be taken back, and leaves when its hold is over', async () => {
  const first = await decide('approve', developer);
  expect(Date.parse(first.releaseAt)).toBe(now + hold);
  expect(await leave()).toEqual([]);
  expect(await decisions.undo(first.batch)).toEqual({ undone: 1, tooLate: 0 });
  expect(unanswered()).toEqual([]);

  const second = await decide('approve', developer);
  now += hold;
  expect(await leave()).toHaveLength(1);
  await expect(decisions.undo(second.batch)).rejects.toMatchObject({ code: 'undo_too_late' });
});

test('an undo between the pick and the journal is not possible: one of the two wins whole', async () => {
  const { batch } = await decide('approve', developer);
  now += hold;
  const [left, undone] = await Promise.allSettled([leave(), decisions.undo(batch)]);
  expect(left).toMatchObject({ status: 'fulfilled', value: [{ batch }] });
  expect(undone).toMatchObject({ status: 'rejected', reason: { code: 'undo_too_late' } });
});

test('a revoke leaves at once', async () => {
  states.set(developer.id, 'approved');
  await decide('revoke', developer);
  expect(await leave()).toMatchObject([{ action: 'revoke', basis: { developer: 3 } }]);
});

test('each decision builds on the newest unanswered one among the rows of its basis', async () => {
  await decide('approve', developer);
  await decide('approve', application);
  await decide('approve', registration);
  const [one, two, three] = unanswered();
  expect([one?.after, two?.after, three?.after]).toEqual([undefined, one?.id, two?.id]);
});

test('in one batch parents come first, whatever the order of the selection', async () => {
  await decide('approve', registration, application, developer);
  const [one, two, three] = unanswered();
  expect(unanswered().map(({ target }) => target.kind)).toEqual(['developer', 'application', 'registration']);
  expect([two?.after, three?.after]).toEqual([one?.id, two?.id]);
});

test('what builds on a resting decision does not arrive before it', async () => {
  await decide('approve', developer);
  now += 4_000;
  await decide('approve', application);
  now += 6_000;
  expect(await leave()).toHaveLength(1);
});

test('a closing decision takes back what has not left, and is judged by what remains', async () => {
  await decide('approve', developer);
  expect(await decide('revoke', developer)).toMatchObject({ recorded: 0, withdrawn: 1, skipped: [] });
  expect(unanswered()).toEqual([]);

  await decide('approve', developer);
  expect(await decide('reject', developer)).toMatchObject({ recorded: 1, withdrawn: 0 });
  expect(unanswered().map(({ action }) => action)).toEqual(['reject']);
});

test('once an approval has left, a revoke follows it', async () => {
  await decide('approve', developer);
  now += hold;
  const [approve] = await leave();
  await decide('revoke', developer);
  expect(unanswered().map(({ action, after }) => [action, after])).toEqual([
    ['approve', undefined],
    ['revoke', approve?.id],
  ]);
});

test('rows where it makes no sense are left alone, with a code', async () => {
  states.set(developer.id, 'approved');
  states.delete(registration.id);
  const { recorded, skipped } = await decide('approve', developer, application, registration);
  expect(recorded).toBe(1);
  expect(skipped).toEqual([
    { id: registration.id, code: 'target_gone' },
    { id: developer.id, code: 'already_decided' },
  ]);
  role = 'viewer';
  expect((await decide('reject', application)).skipped).toEqual([{ id: application.id, code: 'forbidden' }]);
});

test('a product owner decides registrations of their products, and nothing else', async () => {
  role = 'product-owner';
  const { recorded, skipped } = await decide('approve', developer, application, registration);
  expect(recorded).toBe(1);
  expect(skipped.map(({ id, code }) => [id, code])).toEqual([
    [developer.id, 'forbidden'],
    [application.id, 'forbidden'],
  ]);
  productId = '00000000-0000-7000-8000-0000000000bb';
  expect((await decide('revoke', registration)).skipped).toEqual([
    { id: registration.id, code: 'forbidden' },
  ]);
});

test('a disk that is full records nothing and shows nothing', async () => {
  await journal.close();
  await expect(decide('approve', developer)).rejects.toMatchObject({ code: 'journal_unwritable' });
  expect(unanswered()).toEqual([]);
});

test('a decision does not wait for what a server has to say after a restore', async () => {
  await decide('approve', developer);
  now += hold;
  const [sent] = await leave();
  const outcome: Outcome = {
    intent: sent?.id ?? '',
    kind: 'applied',
    code: null,
    action: 'approve',
    state: 'approved',
    revisions: {},
    decision: null,
    committedAt: new Date(now).toISOString(),
  };
  await decisions.answered([outcome], { epoch: 1, seq: 7 });
  let tell = (_lineage: Lineage): void => undefined;
  const told = new Promise<Lineage>((resolve) => (tell = resolve));
  const offered = decisions.offerAgain(2, () => told);
  await decide('approve', application);
  expect(unanswered().map(({ target }) => target.kind)).toEqual(['application']);
  tell([
    { epoch: 1, startedAfter: 0 },
    { epoch: 2, startedAfter: 3 },
  ]);
  expect(await offered).toBe(1);
  expect(unanswered().map(({ target }) => target.kind)).toContain('developer');
});

test('asking again takes the steps that lead from what the row is now', () => {
  expect(stepsTo('developer', 'rejected', 'approve')).toEqual(['reopen', 'approve']);
  expect(stepsTo('developer', 'revoked', 'approve')).toEqual(['reinstate']);
  expect(stepsTo('registration', 'approved', 'reject')).toEqual(['revoke']);
  expect(stepsTo('developer', 'unverified', 'approve')).toEqual([]);
});

test('ids rise strictly within a millisecond, past 4,096 of them too', () => {
  const newId = idMaker({ now: () => now, after: () => () => undefined }, systemRandom);
  const ids = Array.from({ length: 10_000 }, newId);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test('asking again leaves out what made the reason unkeepable', async () => {
  const reason = 'pasted \u0000 text, half \ud800 pair';
  await decisions.decide({ action: 'reject', targets: [developer], reason });
  now += hold;
  const [sent] = await leave();
  await decisions.answered([
    {
      intent: sent?.id ?? '',
      kind: 'refused',
      code: 'invalid_input',
      action: 'reject',
      state: null,
      revisions: {},
      decision: null,
      committedAt: new Date(now).toISOString(),
    },
  ]);
  await decisions.resolve({ intent: sent?.id ?? '', choice: 'ask-again' });
  expect(unanswered()).toMatchObject([{ action: 'reject', reason: 'pasted  text, half \ufffd pair' }]);
});

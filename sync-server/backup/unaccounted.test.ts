/** What a restore makes of a log of closings, whichever backup it is of. */
import { expect, test } from 'vitest';
import type { ClosedRow } from '../closings/closed.ts';
import { fold } from '../closings/compact.ts';
import { encodeLines, readLines, type Closing, type Line } from '../closings/lines.ts';
import { unaccounted, whatIsMissing } from './unaccounted.ts';

test('whichever backup is restored, a compacted log closes the same', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = lehmer(seed);
  for (let round = 0; round < 300; round++) {
    const lines = randomLog(random);
    const { text, last } = encodeLines(lines, null);
    const folded = await fold(text, last);
    if (folded === null) throw new Error(`seed ${seed}, round ${round}: a whole log was left alone`);
    const all = readLines(text).closings;
    const some = readLines(folded).closings;
    for (const epoch of [1, 2, 3]) {
      for (let seq = 0; seq <= 30; seq += 3) {
        const state = { epoch, seq, lineage: lineages(random).slice(0, epoch) };
        const sets = [all, some].map((closings) => {
          const { rows, ended } = unaccounted(state, closings);
          return { rows: new Set(rows.map(wordOf)), ended: new Set(ended) };
        });
        expect(sets[1], `seed ${seed}, round ${round}, backup ${epoch}:${seq}`).toEqual(sets[0]);
      }
    }
  }
});

/** A deletion is one, whoever said it again. */
function wordOf(row: ClosedRow): string {
  return row.gone ? `${row.id} gone` : JSON.stringify(row);
}

function lehmer(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function lineages(random: (below: number) => number) {
  return [
    { epoch: 1, startedAfter: 0, closingsReplayed: true },
    { epoch: 2, startedAfter: 12, closingsReplayed: random(2) === 0 },
    { epoch: 3, startedAfter: 20, closingsReplayed: random(2) === 0 },
  ];
}

const rows = Array.from({ length: 4 }, () => crypto.randomUUID());
const of = crypto.randomUUID();

/** Three epochs of closings of few rows, some taken back. */
function randomLog(random: (below: number) => number): Line[] {
  const lines: Line[] = [{ v: 1, history: of, since: { epoch: 1, seq: 0 } }];
  for (const [epoch, from] of [
    [1, 0],
    [2, 12],
    [3, 20],
  ] as const) {
    for (let seq = from + 1; seq < from + 12; seq++) {
      const id = rows[random(rows.length)] ?? of;
      const hash = Array.from({ length: 64 }, () => random(16).toString(16)).join('');
      const row = { kind: 'developer', id, gone: random(5) === 0, actor: `a${seq}`, revision: seq } as const;
      const ended = random(3) === 0 ? [{ what: 'admin-password', id } as const] : undefined;
      const at = '2026-01-02T03:04:05.678Z';
      const closing: Closing = { v: 1, history: of, epoch, seq, hash, at, closed: [row] };
      lines.push(ended ? { ...closing, ended } : closing);
      if (random(6) === 0) lines.push({ v: 1, undone: hash });
    }
  }
  return lines;
}

test('what is missing of the log is told apart', () => {
  const state = { epoch: 1, seq: 50, lineage: [{ epoch: 1, startedAfter: 0, closingsReplayed: true }] };
  const at = (seq: number) => ({ epoch: 1, seq });
  const missing = (
    files: readonly { readonly since: number | null; readonly lost?: boolean }[],
    last: number,
    ...marks: readonly number[]
  ): string | null => {
    const closing: Closing = { v: 1, history: of, ...at(last), hash: '', at: '', closed: [] };
    const known = {
      closings: [closing],
      files: files.map(({ since, lost = false }, index) => ({
        path: `closings-${index}.log`,
        since: since === null ? null : at(since),
        lost,
      })),
    };
    return whatIsMissing(state, known, marks.map(at));
  };
  expect(whatIsMissing(state, null, [])).toMatch(/not known here/);
  expect(missing([{ since: 0 }], 80, 40, 80)).toBeNull();
  expect(missing([{ since: 50 }], 80)).toBeNull();
  expect(missing([{ since: 51 }], 80)).toMatch(/begins after the backup/);
  // Another server began its own later.
  expect(missing([{ since: 0 }, { since: 60 }], 80)).toBeNull();
  expect(missing([{ since: 0 }, { since: null, lost: true }], 80)).toMatch(/closings-1\.log is not whole/);
  expect(missing([{ since: 60, lost: true }], 80)).toMatch(/had lost lines/);
  expect(missing([{ since: 40, lost: true }], 80)).toBeNull();
  // Older than the backup, or than the database that stands there.
  expect(missing([{ since: 0 }], 30, 40)).toMatch(/older than/);
  expect(missing([{ since: 0 }], 70, 40, 80)).toMatch(/older than/);
});

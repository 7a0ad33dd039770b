/** Exports as somebody may hand them over: copied about, cut, pasted together, or written so that two may read them in two ways. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { exportNdjson } from './export.ts';
import type { Report } from './report.ts';
import { verifyExport } from './verify-sources.ts';

let test: TestDeps;
let folder: string;
/** The head, entries 1 to `count`, and the end. */
let lines: string[];
let count: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-exports-'));
  test = await createTestDeps();
  const { commit, db } = test.deps;
  const { requests } = await createTestPortal(commit, 5);
  const [request] = requests;
  if (!request) throw new Error('no request');
  // Characters that end a line elsewhere, but not in JSON.
  const name = 'Ada\u2028Lovelace\u2029of\u0085London';
  await commit((change) =>
    change.put('developer', [{ ...request.developer, name, revision: 2 }], { actor: 'system' }),
  );
  ({ seq: count } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow());
  let text = '';
  const wanted = { filter: {}, to: count, now: '2026-01-02T03:04:05.678Z' };
  for await (const piece of exportNdjson(db, wanted)) text += piece;
  lines = text.trimEnd().split('\n');
});

afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

async function verify(given: readonly string[] | string): Promise<Report> {
  const file = join(folder, 'log.ndjson');
  await writeFile(file, typeof given === 'string' ? given : `${given.join('\n')}\n`);
  return verifyExport(file, []);
}

const told = ({ breaks }: Report) => breaks.map(({ kind, seq, what }) => `${kind} at ${seq}: ${what}`);
const line = (number: number): string => lines[number] ?? '';

it('an export holds, whatever characters people have in their names, and by whichever system it was copied', async () => {
  expect(lines).toHaveLength(count + 2);
  expect(await verify(lines)).toMatchObject({ ok: true, entries: count });
  expect(await verify(`${lines.join('\r\n')}\r\n`)).toMatchObject({ ok: true, entries: count });
  expect(await verify(lines.join('\n'))).toMatchObject({ ok: true, entries: count });
});

const twoWays = 'is not written as an export writes it, so it may be read in two ways';

it.each([
  ['a member that is there twice', (entry: string) => entry.replace('{', '{"actor":"admin:evil",')],
  ['a number in another way', (entry: string) => entry.replace('"seq":7,', '"seq":0.7e1,')],
  ['letters in another way', (entry: string) => entry.replace('"kind":"', '"kin\\u0064":"')],
  ['a byte order mark', (entry: string) => `\uFEFF${entry}`],
] as const)('an entry that says the same, and may be read as something else: %s', async (_what, change) => {
  expect(change(line(7))).not.toBe(line(7));
  expect(told(await verify(lines.with(7, change(line(7)))))).toEqual([`damaged at 7: line 8 ${twoWays}`]);
});

it('a head in another way, or empty lines anywhere', async () => {
  expect(told(await verify(`\uFEFF${lines.join('\n')}\n`))).toEqual([`damaged at 1: line 1 ${twoWays}`]);
  expect(told(await verify(['', ...lines]))).toEqual(['damaged at 1: line 1 is empty']);
  expect(told(await verify(lines.toSpliced(5, 0, '')))).toEqual([
    'damaged at 5: line 6, after entry 4, is no entry',
  ]);
});

it('a beginning that was cut off with its head', async () => {
  expect(told(await verify(lines.slice(6)))).toEqual([
    'damaged at 1: line 1 is no head: the beginning was cut off',
    'deleted at 1: the entries are not there',
    `truncated at ${count + 1}: it ends by saying that there are ${count} entries`,
  ]);
  expect(told(await verify(lines.slice(-1)))).toEqual([
    'damaged at 1: line 1 is no head: the beginning was cut off',
    `truncated at 1: it ends by saying that there are ${count} entries`,
  ]);
});

it('entries before the one that it is said to begin with', async () => {
  const hash = /"hash":"([0-9a-f]{64})"}$/.exec(line(2))?.[1] ?? '';
  const head = line(0).replace('"from":1', '"from":3').replace('0'.repeat(64), hash);
  const before = 'the entry stands before the one that it is said to begin with';
  expect(told(await verify(lines.with(0, head)))).toEqual([
    'deleted at 1: the export does not begin with the log',
    `reordered at 1: ${before}`,
    `reordered at 2: ${before}`,
  ]);
});

it.each([
  ['nothing', ''],
  ['empty lines', '\n\n'],
  ['what is no text', '\u0000\u0001\n\u0002'],
  ['a table', 'seq,epoch\r\n1,1\r\n'],
])('what is no export at all: %s', async (_what, text) => {
  await expect(verify(text)).rejects.toMatchObject({ code: 'audit_export_unreadable' });
});

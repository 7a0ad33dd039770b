/**
 * The desk's journal torn at every byte, as an append that never finished leaves it, and with every bit of it turned, as
 * a disk that ages does. What was acknowledged is there, or the file is refused and left as it is.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatehouseError } from '../../../domain/errors.ts';
import { fileDisk } from '../../../main/core/journal/disk.ts';
import type { Journal } from '../../../main/core/journal/journal.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { collectFindings, type Check, type Findings } from '../check.ts';
import { decision, openOwn, seen, writeJournal, type Acknowledged } from './journal-torn/journal.ts';
import { memoryDisk, type MemoryDisk } from './journal-torn/memory-disk.ts';

interface Scene {
  readonly whole: Buffer;
  readonly steps: readonly Acknowledged[];
  readonly findings: Findings;
  readonly random: Random;
}

function lastBefore(steps: readonly Acknowledged[], length: number): Acknowledged | null {
  return steps.findLast((step) => step.length <= length) ?? null;
}

/** The journal, or the code with which it was refused. */
async function tryOpen(open: () => Promise<Journal>): Promise<Journal | string> {
  try {
    return await open();
  } catch (error) {
    return error instanceof GatehouseError ? error.code : String(error);
  }
}

/** Opened with all that was acknowledged, the tail kept, and the next decision is not buried by what was there. */
async function expectOpens(scene: Scene, disk: MemoryDisk, found: Buffer, what: string): Promise<void> {
  const { steps, findings } = scene;
  // A file that ends within its first record has acknowledged nothing.
  const before = lastBefore(steps, found.length);
  const expected = before?.seen ?? '[[],[]]';
  const journal = await tryOpen(() => openOwn(disk));
  if (typeof journal === 'string') return findings.add('lost', `${what}: refused with ${journal}`);
  if (seen(journal) !== expected) findings.add('lost', `${what}: opens without what was acknowledged`);
  const tail = found.subarray(before?.length ?? 0);
  if (tail.length > 0 && !disk.kept()?.equals(tail)) findings.add('lost', `${what}: the tail was not kept`);
  const next = decision();
  await journal.record([next]);
  const shown = seen(journal);
  const again = await tryOpen(() => openOwn(memoryDisk(disk.bytes())));
  if (typeof again === 'string' || seen(again) !== shown)
    findings.add('lost', `${what}: the decision after it was buried`);
}

/** Refused, and not a byte of it changed. */
async function expectRefused({ findings }: Scene, found: Buffer, what: string): Promise<void> {
  const disk = memoryDisk(found);
  const journal = await tryOpen(() => openOwn(disk));
  if (journal !== 'journal_damaged')
    findings.add('lost', `${what}: ${typeof journal === 'string' ? journal : 'opened'}`);
  if (!disk.bytes().equals(found)) findings.add('lost', `${what}: the damaged file was written to`);
}

/** Either of the two: what follows a tear may be of any shape. */
async function expectNothingLost({ steps, findings }: Scene, found: Buffer, what: string): Promise<void> {
  const disk = memoryDisk(found);
  const journal = await tryOpen(() => openOwn(disk));
  if (journal === 'journal_damaged') {
    if (!disk.bytes().equals(found)) findings.add('lost', `${what}: the damaged file was written to`);
  } else if (typeof journal === 'string' || seen(journal) !== lastBefore(steps, found.length)?.seen) {
    findings.add('lost', `${what}: opens without what was acknowledged`);
  }
}

function turned(bytes: Buffer, place: number, bit: number): Buffer {
  const bent = Buffer.from(bytes);
  bent[place] = (bent[place] ?? 0) ^ (1 << bit);
  return bent;
}

async function tryByte(scene: Scene, place: number): Promise<void> {
  const { whole, steps, random } = scene;
  const torn = whole.subarray(0, place);
  await expectOpens(scene, memoryDisk(torn), torn, `torn at byte ${place}`);
  // The file has its new length, and its last blocks were never written.
  const end = steps.find(({ length }) => length > place)?.length ?? whole.length;
  const unwritten = Buffer.concat([torn, Buffer.alloc(end - place)]);
  const holed = { ...scene, steps: steps.filter(({ length }) => length <= place) };
  await expectOpens(holed, memoryDisk(unwritten), unwritten, `unwritten from byte ${place}`);
  for (let bit = 0; bit < 8; bit++)
    await expectRefused(scene, turned(whole, place, bit), `bit ${bit} of byte ${place} turned`);
  const behind = lastBefore(steps, place)?.length ?? 0;
  if (behind > 0 && behind < place) {
    const spot = behind + random.below(place - behind);
    await expectNothingLost(
      scene,
      turned(torn, spot, random.below(8)),
      `torn at ${place}, turned at ${spot}`,
    );
  }
}

/** The same on the real disk: the tail in a file beside, the journal cut to what is sound. */
async function tryFile(scene: Scene, folder: string, place: number): Promise<void> {
  const { whole, steps, findings } = scene;
  const path = join(folder, `${place}.journal`);
  const torn = whole.subarray(0, place);
  await writeFile(path, torn);
  const journal = await tryOpen(() => openOwn(fileDisk(path)));
  const before = lastBefore(steps, place);
  if (typeof journal === 'string' || seen(journal) !== (before?.seen ?? '[[],[]]')) {
    return findings.add('lost', `a file torn at byte ${place} does not open as it was`);
  }
  await journal.close();
  const end = before?.length ?? 0;
  const aside = (await readdir(folder)).filter((name) => name.startsWith(`${place}.journal.torn-`));
  const kept = aside[0] === undefined ? null : await readFile(join(folder, aside[0]));
  if (end < place && !kept?.equals(torn.subarray(end)))
    findings.add('lost', `the tail of a file torn at byte ${place} was not kept`);
  if (end > 0 && !(await readFile(path)).equals(whole.subarray(0, end)))
    findings.add('lost', `a file torn at byte ${place} was not cut to what is sound`);
  await rm(path);
  for (const name of aside) await rm(join(folder, name));
}

export const journalTorn: Check = {
  name: 'journal-torn',
  property:
    'a journal torn at any byte opens with all that it acknowledged; one with any bit turned is refused, untouched',
  unit: 'bytes',
  cases: 2_400,
  few: 600,
  run: async ({ cases, seed, progress }) => {
    const findings = collectFindings();
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-torn-'));
    try {
      const { whole, steps } = await writeJournal(fileDisk(join(folder, 'whole.journal')), cases);
      const scene: Scene = { whole, steps, findings, random: randomOf('journal-torn', 'tails', seed) };
      for (let place = 0; place < whole.length; place++) {
        await tryByte(scene, place);
        await tryFile(scene, folder, place);
        progress(place + 1);
      }
      return findings.tally(whole.length);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

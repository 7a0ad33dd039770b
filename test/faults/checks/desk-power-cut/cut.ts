/**
 * What a power cut makes of a desk's folder: what was synced is there; everything else is as the disk happened to have
 * it: new, older, in parts of both, or missing.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Random } from '../../../../sync-server/demo/random.ts';
import type { Durable } from './durable.ts';
import { versionOf } from './sync-log.ts';

/** An earlier state of the copy: path in the desk's folder → content. */
export type Earlier = ReadonlyMap<string, Buffer>;

const isDatabase = (path: string): boolean => /^(replica|template-[^/]*)(\.making)?\//.test(path);

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The copy as it is now, to be an earlier state later. Files that vanish meanwhile are left out. */
export async function photograph(dataDir: string): Promise<Earlier> {
  const earlier = new Map<string, Buffer>();
  for (const path of await filesIn(join(dataDir, 'replica')).catch(() => [])) {
    const content = await readFile(path).catch(() => null);
    if (content) earlier.set(relative(dataDir, path), content);
  }
  return earlier;
}

type Fate = 'new' | 'old' | 'pages' | 'no growth';

/** Pages of 8 KiB, each new or as it was; what did not exist then reads as NUL. */
function mixPages(now: Buffer, before: Buffer, random: Random): Buffer {
  const page = 8192;
  const mixed = Buffer.from(now);
  for (let at = 0; at < mixed.length; at += page) {
    if (random.share() < 0.5) continue;
    const end = Math.min(at + page, mixed.length);
    mixed.fill(0, at, end);
    before.subarray(at, end).copy(mixed, at);
  }
  return mixed;
}

const anyFate = [
  ['new', 0.35],
  ['old', 0.2],
  ['pages', 0.35],
  ['no growth', 0.1],
] as const satisfies readonly (readonly [Fate, number])[];

async function cutDatabaseFile(
  path: string,
  before: Buffer | null,
  fate: Fate,
  random: Random,
): Promise<void> {
  if (fate === 'new') return;
  if (fate === 'old' && before === null) return rm(path);
  const now = await readFile(path);
  const old = before ?? Buffer.alloc(0);
  if (fate === 'old') return writeFile(path, old);
  if (fate === 'pages') return writeFile(path, mixPages(now, old, random));
  return writeFile(path, now.subarray(0, Math.min(old.length, now.length)));
}

/** A file of our own: what it held when it was synced, and perhaps a part of what was appended since. */
async function cutOwnFile(path: string, durable: Durable, random: Random): Promise<void> {
  const folder = await stat(dirname(path), { bigint: true });
  const { ino } = await stat(path, { bigint: true });
  const named = durable.names.get(String(folder.ino))?.[path.slice(dirname(path).length + 1)];
  // As the kernel wrote it by itself, in time.
  if (random.share() < 0.25) return;
  if (named === undefined) return rm(path);
  const kept = durable.contents.get(named) ?? Buffer.alloc(0);
  const now = await readFile(path);
  const appended = named === String(ino) && now.subarray(0, kept.length).equals(kept);
  const more = appended ? now.subarray(kept.length) : Buffer.alloc(0);
  await writeFile(path, Buffer.concat([kept, more.subarray(0, random.below(more.length + 1))]));
}

/**
 * What becomes of a file of the database. At the worst (`cursor` names the table's file that says how far the copy is) the
 * disk has that and everything around, and lacks rows: such a copy opens, and believes that it is whole.
 */
function fateOf(name: string, cursor: string | null, random: Random): Fate {
  if (cursor === null) return random.weighted<Fate>(anyFate);
  const rows = name.startsWith('replica/base/') && name !== cursor;
  return rows && random.share() < 0.8 ? 'old' : 'new';
}

/** Nothing runs on the folder any more. `durable` is what was on the disk at the moment of the cut. */
export async function cutPower(
  dataDir: string,
  earlier: Earlier,
  durable: Durable,
  cursor: string | null,
  random: Random,
): Promise<void> {
  for (const path of await filesIn(dataDir)) {
    const name = relative(dataDir, path);
    if (!isDatabase(name)) {
      await cutOwnFile(path, durable, random);
      continue;
    }
    const found = await stat(path, { bigint: true });
    const before = earlier.get(name) ?? null;
    if (durable.versions.get(String(found.ino)) === versionOf(found)) continue;
    if (before && before.length === Number(found.size) && before.equals(await readFile(path))) continue;
    await cutDatabaseFile(path, before, fateOf(name, cursor, random), random);
  }
}

/**
 * The map files as a whole: written at once, each atomically, in an order that leaves any half-done set safe. A bulk is
 * written before its overlay is emptied, and both carry the generation by which HAProxy sees that they fit.
 */
import { mkdir, open } from 'node:fs/promises';
import { isMissing, readIfThere, replaceFile } from '../state/disk.ts';
import type { Records } from '../state/records.ts';
import { mapPaths, sentinel } from './files.ts';
import type { MapPaths } from './files.ts';
import { connectionEntry, credentialEntry } from './values.ts';
import type { Entry } from './values.ts';

export function* credentialEntries(records: Records, generation: number): Generator<Entry> {
  yield [sentinel.generation, String(generation)];
  for (const [hash, credential] of records.credentials()) yield credentialEntry(hash, credential);
}

export function* connectionEntries(records: Records, generation: number): Generator<Entry> {
  yield [sentinel.generation, String(generation)];
  for (const connection of records.connections()) yield connectionEntry(connection);
}

export function* overlayEntries(overlay: ReadonlyMap<string, string>, generation: number): Generator<Entry> {
  yield [sentinel.generation, String(generation)];
  yield* overlay;
}

/** Entries that go into one write. */
const entriesInOneGo = 2_000;

export async function writeMap(path: string, entries: Iterable<Entry>, durable = true): Promise<void> {
  await replaceFile(path, chunks(entries), durable);
}

function* chunks(entries: Iterable<Entry>): Generator<string> {
  let lines: string[] = [];
  for (const [key, value] of entries) {
    lines.push(`${key} ${value}\n`);
    if (lines.length < entriesInOneGo) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

/** The entries of a small map's file; none where there is no file. */
export async function readMap(path: string): Promise<Map<string, string>> {
  const text = (await readIfThere(path))?.toString('utf8') ?? '';
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line): [string, string] => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}

/** The generation on a map's first line, without reading on: 0 where there is none. */
export async function readGeneration(path: string): Promise<number> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      const match = /^_generation (\d+)\n/.exec(buffer.toString('latin1', 0, bytesRead));
      return Number(match?.[1] ?? 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** HAProxy does not start without its map files: empty ones let it start and answer 503 until an agent fills them. */
export async function ensureMapFiles(folder: string): Promise<MapPaths> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const paths = mapPaths(folder);
  for (const path of Object.values(paths)) {
    const file = await open(path, 'a', 0o600);
    await file.close();
  }
  return paths;
}

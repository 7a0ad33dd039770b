/**
 * Loading a snapshot. Each chunk commits together with its number, so that a killed load goes on where it was; the
 * cursor is written last, so that half a snapshot is never taken for a whole one, though its rows can be seen.
 */
import type { PGlite } from '@electric-sql/pglite';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { columnNames, entities } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Chunk, Manifest } from '../../../domain/wire/snapshot.ts';
import { finishBulk, prepareBulk, withoutTriggers } from './bulk.ts';
import type { Standing } from './calls.ts';
import { readMeta, standing, writeMeta } from './meta.ts';
import { replicated } from './schema.ts';

const unpack = promisify(gunzip);

/** The most that a chunk may unpack to. */
const maxUnpacked = 64 * 1024 * 1024;

export async function beginSnapshot(db: PGlite, manifest: Manifest): Promise<readonly number[]> {
  return db.transaction(async (tx) => {
    const loading = await readMeta(tx, 'loading');
    if (loading?.id === manifest.id) return loading.done;
    const fresh = loading === null && (await readMeta(tx, 'cursor')) === null;
    // A new desk's copy is empty, and its first rows are waited for.
    if (!fresh) await tx.exec(`truncate ${replicated.join(', ')}`);
    await prepareBulk(
      tx,
      manifest.chunks.reduce((sum, { rows }) => sum + rows, 0),
    );
    await writeMeta(tx, 'cursor', null);
    await writeMeta(tx, 'filling', null);
    await writeMeta(tx, 'loading', { id: manifest.id, done: [] });
    return [];
  });
}

function verify(chunk: Chunk, bytes: Uint8Array): void {
  const known = columnNames(chunk.entity);
  const sound =
    bytes.length === chunk.bytes &&
    createHash('sha256').update(bytes).digest('hex') === chunk.sha256 &&
    chunk.columns.length === known.length &&
    chunk.columns.every((column) => known.includes(column));
  if (!sound)
    throw new GatehouseError('frame_damaged', { message: `Chunk ${chunk.number} arrived damaged.` });
}

/** Checks what arrived and unpacks it, on another thread. Throws `frame_damaged`. */
export async function unpackChunk(chunk: Chunk, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  verify(chunk, bytes);
  return unpack(bytes, { maxOutputLength: maxUnpacked });
}

export async function loadChunk(
  db: PGlite,
  snapshot: string,
  chunk: Chunk,
  rows: Uint8Array<ArrayBuffer>,
): Promise<{ rows: number }> {
  return db.transaction(async (tx) => {
    const loading = await readMeta(tx, 'loading');
    if (loading?.id !== snapshot) throw new GatehouseError('snapshot_gone');
    if (loading.done.includes(chunk.number)) return { rows: 0 };
    await withoutTriggers(tx);
    const table = entities[chunk.entity].table;
    const copy = `copy ${table} (${chunk.columns.join(', ')}) from '/dev/blob' with (format binary)`;
    const { affectedRows = 0 } = await tx.query(copy, [], { blob: new Blob([rows]) });
    if (affectedRows !== chunk.rows) throw new GatehouseError('frame_damaged');
    await writeMeta(tx, 'loading', { id: snapshot, done: [...loading.done, chunk.number] });
    return { rows: affectedRows };
  });
}

export async function finishSnapshot(db: PGlite, manifest: Manifest): Promise<Standing> {
  await db.transaction(async (tx) => {
    const loading = await readMeta(tx, 'loading');
    const whole = loading?.id === manifest.id && loading.done.length === manifest.chunks.length;
    if (!whole) throw new GatehouseError('snapshot_gone');
    await finishBulk(tx);
    await writeMeta(tx, 'cursor', { epoch: manifest.epoch, seq: manifest.seq, scope: manifest.scope });
    await writeMeta(tx, 'filling', { kind: 'developer', id: '00000000-0000-0000-0000-000000000000' });
    await writeMeta(tx, 'loading', null);
  });
  return standing(db);
}

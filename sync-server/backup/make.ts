/**
 * Makes a backup while everybody goes on working: all tables as they were at one moment, streamed into one file that has
 * its name only once it is on the disk and was read back whole.
 */
import { createHash } from 'node:crypto';
import { link, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ClientBase, Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { writeAll } from '../../domain/write-all.ts';
import { systemCode } from '../db/embedded/errors.ts';
import { removeStaleScratch, scratchName } from '../db/embedded/scratch.ts';
import {
  backupManifestSchema,
  encodeManifest,
  head,
  type BackupManifest,
  type BackupTable,
} from './manifest.ts';
import { openBackup } from './open.ts';
import { booksOfMigrator, copyTarget, quoted, readTables, type Table } from './tables.ts';

/** Near the best size at a third of the time. */
const gzipLevel = 4;
/** What a backup is called until it is whole; those of processes that are gone are removed by the next. */
const unfinished = 'gatehouse-backup';

export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: BackupManifest;
}

/** Throws `backup_exists` or `backup_failed`; then there is no file at `path`, or the one that was there before. */
export async function makeBackup(pool: Pool, path: string, now: string): Promise<MadeBackup> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeStaleScratch(folder, unfinished);
    const beside = join(folder, await scratchName(unfinished));
    const file = await open(beside, 'wx', 0o600);
    try {
      const made = await write(pool, file, now);
      await file.sync();
      await assertWhole(beside);
      await link(beside, path);
      await syncFolder(folder);
      return { path, ...made };
    } finally {
      await file.close();
      await rm(beside, { force: true });
    }
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') {
      throw new GatehouseError('backup_exists', { message: `${path} is there already.`, cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The backup ${basename(path)} could not be made (${reason}); no file was left under its name.`;
    throw new GatehouseError('backup_failed', { message, cause });
  }
}

async function write(pool: Pool, file: FileHandle, now: string): Promise<Omit<MadeBackup, 'path'>> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const migrations = await readMigrations(client);
    await writeAll(file, head, 0);
    let at = head.length;
    const tables: BackupTable[] = [];
    for (const table of await readTables(client)) {
      const written = await writeTable(client, table, file, at);
      at += written.bytes;
      tables.push(written);
    }
    const manifest = backupManifestSchema.parse({
      format: 1,
      createdAt: now,
      migrations,
      ...(await readState(client)),
      tables,
    });
    const tail = encodeManifest(manifest);
    await writeAll(file, tail, at);
    return { bytes: at + tail.length, manifest };
  } finally {
    // A connection whose copy broke off is of no more use.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
  }
}

async function writeTable(
  client: ClientBase,
  table: Table,
  file: FileHandle,
  offset: number,
): Promise<BackupTable> {
  const rows = client.query(copyTo(`copy ${copyTarget(table)} to stdout (format binary)`));
  const digest = createHash('sha256');
  let bytes = 0;
  await pipeline(rows, createGzip({ level: gzipLevel }), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      digest.update(piece);
      await writeAll(file, piece, offset + bytes);
      bytes += piece.length;
    }
  });
  const columns = table.columns.map(({ name, type }) => ({ name, type }));
  return { name: table.name, columns, rows: rows.rowCount, offset, bytes, sha256: digest.digest('hex') };
}

const headSchema = z.tuple([
  z.object({ history: z.string(), epoch: z.int(), seq: z.int(), hash: z.string() }),
]);
const lineageSchema = z.array(
  z.object({ epoch: z.int(), startedAfter: z.int(), closingsReplayed: z.boolean() }),
);
const sequencesSchema = z.array(z.object({ name: z.string(), value: z.int() }));

/** What a backup names, and a restore goes on from. */
const firstSaved = '0006-epochs';

/** The shape that the tables have. Throws for one from before there were backups. */
async function readMigrations(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: unknown }>(
    `select name from ${quoted(booksOfMigrator[0])} order by name`,
  );
  const names = z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
  if (names.includes(firstSaved)) return names;
  throw new Error(
    `the database has the shape of a release that knew no backups, ${names.at(-1) ?? 'none'}: start the server once, which brings it up to date`,
  );
}

async function readState(client: ClientBase) {
  const one = async (text: string): Promise<unknown[]> => (await client.query<{ row: unknown }>(text)).rows;
  const [log] = headSchema.parse(
    await one("select id as history, epoch, seq, encode(hash, 'hex') as hash from log_head, history"),
  );
  const lineage = await one(
    `select epoch, started_after as "startedAfter", closings_replayed as "closingsReplayed" from epochs order by epoch`,
  );
  const sequences = await one(
    `select sequencename::text as name, last_value as value from pg_sequences
     where schemaname = current_schema() and last_value is not null order by 1`,
  );
  return {
    ...log,
    lineage: lineageSchema.parse(lineage),
    sequences: sequencesSchema.parse(sequences),
  };
}

/** Reads it back as a restore would: whoever hears that it is made may delete the one before. */
async function assertWhole(path: string): Promise<void> {
  await (await openBackup(path)).close();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Builds one snapshot: every chunk from the same read-only transaction, so that all of them tell of one moment. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ClientBase, Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import type { Chunk, Manifest } from '../../domain/wire/snapshot.ts';
import type { Scope } from '../scopes/scope.ts';
import { planParts, type Part } from './plan.ts';
import { chunkName, type SnapshotStore } from './store.ts';

/** Near the best size at a third of the time. */
const gzipLevel = 4;

const headSchema = z.tuple([z.object({ epoch: z.int(), seq: z.int(), hash: z.string() })]);

export interface BuildOptions {
  readonly scope: Scope;
  readonly chunkRows?: number;
}

/** The id of a snapshot of a scope at a cursor of one history. */
export function snapshotId({ name }: Scope, epoch: number, seq: number, hash: string): string {
  return `${epoch}-${seq}-${hash.slice(0, 16)}-${name}`;
}

export async function buildSnapshot(
  pool: Pool,
  store: SnapshotStore,
  { scope, chunkRows }: BuildOptions,
): Promise<Manifest> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query("set local work_mem to '64MB'");
    const { rows } = await client.query("select epoch, seq, encode(hash, 'hex') as hash from log_head");
    const [{ epoch, seq, hash }] = headSchema.parse(rows);
    const id = snapshotId(scope, epoch, seq, hash);
    const folder = await store.begin(id);
    try {
      const chunks: Chunk[] = [];
      for (const [number, part] of (await planParts(client, scope, chunkRows)).entries()) {
        chunks.push(await writeChunk(client, part, number, folder));
      }
      return await store.finish(folder, { format: 'copy-binary', id, scope: scope.name, epoch, seq, chunks });
    } catch (error) {
      await store.discard(folder);
      throw error;
    }
  } finally {
    // A connection whose copy broke off is of no more use.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
  }
}

async function writeChunk(client: ClientBase, part: Part, number: number, folder: string): Promise<Chunk> {
  const rows = client.query(copyTo(part.copy));
  const digest = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(piece: Buffer, _encoding, done) {
      digest.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const file = createWriteStream(join(folder, chunkName(number)), { mode: 0o600 });
  await pipeline(rows, createGzip({ level: gzipLevel }), measure, file);
  return {
    number,
    entity: part.entity,
    columns: [...part.columns],
    rows: rows.rowCount,
    bytes,
    sha256: digest.digest('hex'),
  };
}

/**
 * Snapshots of several servers on one database: what one of them has made is put into the database too, and the others
 * take it from there. A desk behind a balancer asks for a manifest here and for its chunks there, and a load that was
 * begun can be gone on with anywhere. The files on disk are a cache then.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import { manifestSchema, type Manifest } from '../../domain/wire/snapshot.ts';
import { isoTime } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import type { SnapshotStore } from './store.ts';

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function sameBytes(left: Manifest, right: Manifest): boolean {
  const digests = ({ chunks }: Manifest): string => chunks.map(({ sha256 }) => sha256).join();
  return digests(left) === digests(right);
}

export function shareSnapshots(store: SnapshotStore, db: Db, clock: () => number): SnapshotStore {
  /** Chunk by chunk, and the manifest in the same transaction: seen whole or not at all. */
  async function publish(manifest: Manifest): Promise<void> {
    const { id, scope } = manifest;
    await db.transaction().execute(async (trx) => {
      const values = { id, scope, manifest: JSON.stringify(manifest), madeAt: isoTime(clock()) };
      const mine = await trx
        .insertInto('sharedSnapshots')
        .values(values)
        .onConflict((conflict) => conflict.columns(['scope', 'id']).doNothing())
        .returning('id')
        .executeTakeFirst();
      if (!mine) return;
      for (const { number } of manifest.chunks) {
        const content = await readFile(await store.chunkFile(id, number));
        await trx.insertInto('sharedChunks').values({ scope, snapshotId: id, number, content }).execute();
      }
    });
  }

  async function published(): Promise<Manifest[]> {
    const rows = await db.selectFrom('sharedSnapshots').select('manifest').execute();
    return rows.flatMap(({ manifest }) => {
      const parsed = manifestSchema.safeParse(manifest);
      // One of an older shape is made anew.
      return parsed.success ? [parsed.data] : [];
    });
  }

  return {
    ...store,
    async finish(folder, manifest) {
      const finished = await store.finish(folder, manifest);
      await publish(finished);
      const shared = (await published()).find(({ id }) => id === finished.id);
      // Two servers that made the same one at once may have different bytes: those that came first are everybody's.
      if (shared && !sameBytes(shared, finished)) await store.remove(finished.id);
      return shared ?? finished;
    },
    async list() {
      return (await published()).sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
    },
    async remove(id) {
      await db.deleteFrom('sharedSnapshots').where('id', '=', id).execute();
      await store.remove(id);
    },
    async chunkFile(id, number) {
      const file = await store.chunkFile(id, number);
      if (await exists(file)) return file;
      const chunk = await db
        .selectFrom('sharedChunks')
        .select('content')
        .where('snapshotId', '=', id)
        .where('number', '=', number)
        .executeTakeFirst();
      if (!chunk) throw new GatehouseError('snapshot_gone');
      await store.retain((await published()).map((manifest) => manifest.id));
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const part = `${file}.${randomUUID()}`;
      await writeFile(part, chunk.content, { mode: 0o600 });
      await rename(part, file);
      return file;
    },
  };
}

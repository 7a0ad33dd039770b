/** Snapshots as they are asked for: made when there is none that is new enough, one at a time, and let go after a while. */
import type { Pool } from 'pg';
import { sql } from 'kysely';
import type { Manifest } from '../../domain/wire/snapshot.ts';
import type { Db } from '../db/schema.ts';
import { buildSnapshot, snapshotId } from './build.ts';
import { firstSeq, readHead } from './frames.ts';
import type { SnapshotStore } from './store.ts';

/** A snapshot is used until so many changes have come after it: less than a second's catching up. */
const maxLag = 5_000;
/** The newest and the one before, which somebody may be loading. */
const kept = 2;

export interface Snapshots {
  /** The manifest of one that is new enough. */
  current(): Promise<Manifest>;
  /** The manifest by that id, or null once it has been let go. */
  find(id: string): Promise<Manifest | null>;
}

export interface SnapshotDeps {
  readonly db: Db;
  readonly pool: Pool;
  readonly store: SnapshotStore;
  readonly scope: string;
}

export function createSnapshots({ db, pool, store, scope }: SnapshotDeps): Snapshots {
  let making: Promise<Manifest> | null = null;

  /** Whether the log still leads on from there, and is the one that the snapshot was made from. */
  async function usable(manifest: Manifest): Promise<boolean> {
    const head = await readHead(db);
    const { epoch, seq } = manifest;
    if (manifest.scope !== scope || epoch !== head.epoch) return false;
    if (seq > head.seq || head.seq - seq >= maxLag) return false;
    const first = await firstSeq(db);
    if (seq < head.seq && (first === null || first > seq + 1)) return false;
    return manifest.id === snapshotId(epoch, seq, await hashAt(seq));
  }

  async function hashAt(seq: number): Promise<string> {
    const entry = await db
      .selectFrom('changeLog')
      .select(sql<string>`encode(hash, 'hex')`.as('hash'))
      .where('seq', '=', seq)
      .executeTakeFirst();
    return entry?.hash ?? '0'.repeat(64);
  }

  async function make(): Promise<Manifest> {
    const made = await buildSnapshot(pool, store, { scope });
    const all = await store.list();
    const old = all.filter(({ id }) => id !== made.id).slice(0, Math.max(0, all.length - kept));
    await Promise.all(old.map(({ id }) => store.remove(id)));
    return made;
  }

  return {
    async current() {
      if (making) return making;
      const newest = (await store.list()).at(-1);
      if (newest && (await usable(newest))) return newest;
      making ??= make().finally(() => {
        making = null;
      });
      return making;
    },
    async find(id) {
      return (await store.list()).find((manifest) => manifest.id === id) ?? null;
    },
  };
}

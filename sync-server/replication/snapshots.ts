/** Snapshots as they are asked for: made when there is none that is new enough, one at a time, and let go after a while. */
import type { Pool } from 'pg';
import { sql } from 'kysely';
import { columnNames } from '../../domain/entities.ts';
import type { Manifest } from '../../domain/wire/snapshot.ts';
import { lastErasure } from '../audit/erasures.ts';
import type { Db } from '../db/schema.ts';
import type { Scope } from '../scopes/scope.ts';
import { buildSnapshot, snapshotId } from './build.ts';
import { firstSeq, readHead } from './frames.ts';
import type { SnapshotStore } from './store.ts';

/** A snapshot is used until so many changes have come after it: less than a second's catching up. */
const maxLag = 5_000;
/** The newest and the one before, which somebody may be loading. */
const kept = 2;

export interface Snapshots {
  /** The manifest of one of this scope that is new enough. */
  current(scope: Scope): Promise<Manifest>;
  /** The manifest by that id, or null once it has been let go, and where it is another scope's. */
  find(scope: Scope, id: string): Promise<Manifest | null>;
}

export interface SnapshotDeps {
  readonly db: Db;
  readonly pool: Pool;
  readonly store: SnapshotStore;
}

export function createSnapshots({ db, pool, store }: SnapshotDeps): Snapshots {
  const making = new Map<string, Promise<Manifest>>();

  /** Whether the log still leads on from there, and is the one that the snapshot was made from. */
  async function usable(scope: Scope, { id, epoch, seq, chunks }: Manifest): Promise<boolean> {
    const head = await readHead(db);
    if (epoch !== head.epoch || seq > head.seq || head.seq - seq >= maxLag) return false;
    if (seq <= (await lastErasure(db))) return false;
    const first = await firstSeq(db);
    if (seq < head.seq && (first === null || first > seq + 1)) return false;
    if (!chunks.every(({ entity, columns }) => columns.join() === columnNames(entity).join())) return false;
    return id === snapshotId(scope, epoch, seq, await hashAt(seq));
  }

  async function hashAt(seq: number): Promise<string> {
    const entry = await db
      .selectFrom('changeLog')
      .select(sql<string>`encode(hash, 'hex')`.as('hash'))
      .where('seq', '=', seq)
      .executeTakeFirst();
    return entry?.hash ?? '0'.repeat(64);
  }

  /** Of each scope the last few stay; scopes that were not asked for in a long while go as a whole. */
  async function letGo(made: Manifest): Promise<void> {
    const places = new Map<string, number>();
    const old = (await store.list()).reverse().filter(({ id, scope, epoch, seq }) => {
      const place = (places.get(scope) ?? 0) + 1;
      places.set(scope, place);
      const forgotten = epoch !== made.epoch || made.seq - seq >= maxLag * kept;
      return id !== made.id && (place > kept || (scope !== made.scope && forgotten));
    });
    await Promise.all(old.map(({ id }) => store.remove(id)));
  }

  async function make(scope: Scope): Promise<Manifest> {
    const made = await buildSnapshot(pool, store, { scope });
    await letGo(made);
    // Somebody was erased while it was made.
    if (made.seq <= (await lastErasure(db))) {
      await store.remove(made.id);
      return make(scope);
    }
    return made;
  }

  return {
    async current(scope) {
      const { name } = scope;
      const underWay = making.get(name);
      if (underWay) return underWay;
      const newest = (await store.list()).findLast((manifest) => manifest.scope === name);
      if (newest && (await usable(scope, newest))) return newest;
      const begun = making.get(name) ?? make(scope).finally(() => making.delete(name));
      making.set(name, begun);
      return begun;
    },
    async find(scope, id) {
      const found = (await store.list()).find((manifest) => manifest.id === id);
      return found?.scope === scope.name && found.seq > (await lastErasure(db)) ? found : null;
    },
  };
}

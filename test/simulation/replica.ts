/**
 * A desk's copy in memory: the same calls, the same rule for frames, no database under it. It answers the one question that
 * decisions ask of a copy; pages are not part of a simulation.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Cursor } from '../../domain/cursor.ts';
import { entityKinds, type EntityKind } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Frame } from '../../domain/wire/frames.ts';
import type { Manifest } from '../../domain/wire/snapshot.ts';
import { joins } from '../../main/core/replica/apply.ts';
import type { OwnerHandlers, Standing } from '../../main/core/replica/calls.ts';
import type { Replica } from '../../main/core/replica/replica.ts';
import { copyRows } from './copy-rows.ts';
import { knownTargets } from './known.ts';
import { everything } from '../../sync-server/scopes/scope.ts';
import { copyRowsOf, emptyRows, putRow, type Rows } from './rows.ts';

export interface MemoryCopy {
  /** What is in it, by kind and id. */
  readonly rows: Rows;
  cursor(): Cursor | null;
  /** As the desk asks it, for one run of the desk: a copy of a dead desk answers nobody any more. */
  port(alive: () => boolean): Replica;
  /** All of it is gone. */
  wipe(): void;
  /** As if it had taken all of these rows in, up to `seq` of the first epoch, as what its admin may see. */
  prime(from: Rows, seq: number, scope?: string): void;
}

export function createMemoryCopy(): MemoryCopy {
  const rows = emptyRows();
  let at: (Cursor & { readonly scope: string }) | null = null;
  let loading: { readonly id: string; readonly done: number[] } | null = null;

  const standing = (): Standing => ({
    cursor: at && { epoch: at.epoch, seq: at.seq },
    scope: at?.scope ?? null,
    searchable: at !== null,
  });
  const wipe = (): void => {
    for (const kind of entityKinds) rows[kind].clear();
    at = null;
    loading = null;
  };

  const begin = ({ id }: Manifest): readonly number[] => {
    if (loading?.id === id) return loading.done;
    wipe();
    loading = { id, done: [] };
    return [];
  };

  const load: OwnerHandlers['load'] = async ({ snapshot, chunk, bytes }) => {
    if (loading?.id !== snapshot) throw new GatehouseError('snapshot_gone');
    if (createHash('sha256').update(bytes).digest('hex') !== chunk.sha256)
      throw new GatehouseError('frame_damaged');
    for (const row of copyRows(chunk.entity, chunk.columns, gunzipSync(bytes)))
      putRow(rows, chunk.entity, row);
    loading.done.push(chunk.number);
    return { rows: chunk.rows };
  };

  const apply = (frames: readonly Frame[]) => {
    const cursor = standing().cursor;
    const last = frames.at(-1);
    if (!at || !cursor || !last || !joins(cursor, frames)) return { applied: false, cursor, entities: [] };
    const touched = new Set<EntityKind>();
    for (const item of frames.flatMap(({ items }) => items)) {
      if (item.k !== 'row') continue;
      touched.add(item.entity);
      if (item.row === null) rows[item.entity].delete(item.id);
      else putRow(rows, item.entity, item.row);
    }
    at = { epoch: last.epoch, seq: last.to, scope: at.scope };
    return { applied: true, cursor: standing().cursor, entities: [...touched] };
  };

  const handlers: OwnerHandlers = {
    prepare: async () => null,
    open: async () => standing(),
    standing: async () => standing(),
    query: async ({ binds }) => knownTargets(rows, binds),
    begin: async (manifest) => begin(manifest),
    load,
    finish: async ({ id, epoch, seq, scope, chunks }) => {
      if (loading?.id !== id || loading.done.length !== chunks.length)
        throw new GatehouseError('snapshot_gone');
      loading = null;
      at = { epoch, seq, scope };
      return standing();
    },
    apply: async (frames) => apply(frames),
    fill: async () => ({ searchable: true }),
    close: async () => null,
  };

  return {
    rows,
    cursor: () => standing().cursor,
    wipe,
    prime: (from, seq, scope = everything.name) => {
      copyRowsOf(from, rows);
      at = { epoch: 1, seq, scope };
    },
    port: (alive) => {
      const call: Replica['call'] = (name, input) =>
        alive() ? handlers[name](input) : new Promise(() => undefined);
      return {
        call,
        query: async (schema, sql, binds = []) =>
          (await call('query', { sql, binds })).map((row) => schema.parse(row)),
        prepare: async () => undefined,
        open: async () => standing(),
        close: async () => undefined,
        stop: () => undefined,
      };
    },
  };
}

/**
 * Frames into rows. A run of frames is one transaction with the cursor, so a crash replays and nothing is lost or
 * doubled; frames that do not join on to the cursor change nothing. Rows were parsed by their entity's schema before.
 */
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { columnName } from '../../../domain/columns.ts';
import { sameCursor, type Cursor } from '../../../domain/cursor.ts';
import { entities, entityKinds, type EntityKind } from '../../../domain/entities.ts';
import type { Frame, RowItem } from '../../../domain/wire/frames.ts';
import type { OwnerCalls } from './calls.ts';
import { readMeta, writeMeta } from './meta.ts';
import { refreshSearch } from './search.ts';

/** The statement that puts a JSON list of rows into an entity's table, whatever was there. */
function upsertSql(kind: EntityKind): string {
  const { table, columns } = entities[kind];
  const names = Object.keys(columns);
  const typed = Object.entries(columns).map(([name, { sql }]) => `"${name}" ${sql}`);
  const sets = names
    .filter((name) => name !== 'id')
    .map((name) => `${columnName(name)} = excluded.${columnName(name)}`);
  return `insert into ${table} (${names.map(columnName).join(', ')})
    select ${names.map((name) => `"${name}"`).join(', ')} from json_to_recordset($1::json) as t(${typed.join(', ')})
    on conflict (id) do update set ${sets.join(', ')}`;
}

const upserts: ReadonlyMap<EntityKind, string> = new Map(entityKinds.map((kind) => [kind, upsertSql(kind)]));

/** Whether each frame begins where the one before it, or the cursor, ends. */
export function joins(cursor: Cursor, frames: readonly Frame[]): boolean {
  let at = cursor;
  for (const { epoch, prev, to } of frames) {
    if (!sameCursor(at, { epoch, seq: prev }) || to < prev) return false;
    at = { epoch, seq: to };
  }
  return true;
}

/** The last word on each row of a kind: one statement cannot touch a row twice. */
function lastWords(frames: readonly Frame[]): Map<EntityKind, Map<string, RowItem>> {
  const words = new Map<EntityKind, Map<string, RowItem>>();
  for (const { items } of frames) {
    for (const item of items) {
      if (item.k !== 'row') continue;
      const ofKind = words.get(item.entity) ?? new Map<string, RowItem>();
      words.set(item.entity, ofKind.set(item.id, item));
    }
  }
  return words;
}

async function write(tx: Transaction, kind: EntityKind, items: readonly RowItem[]): Promise<void> {
  const gone = items.flatMap((item) => (item.row === null ? [item.id] : []));
  const rows = items.flatMap((item) => (item.row === null ? [] : [item.row]));
  if (gone.length > 0) {
    const list = 'select value::uuid from json_array_elements_text($1::json)';
    await tx.query(`delete from ${entities[kind].table} where id in (${list})`, [JSON.stringify(gone)]);
  }
  if (rows.length > 0) await tx.query(upserts.get(kind) ?? '', [JSON.stringify(rows)]);
  if (kind === 'developer' || kind === 'application') {
    await refreshSearch(tx, kind, JSON.stringify(items.map((item) => item.id)));
  }
}

/** Applies all of `frames` or none. Rows are upserted by entity; the counters follow by trigger. */
export async function applyFrames(
  db: PGlite,
  frames: readonly Frame[],
): Promise<OwnerCalls['apply']['output']> {
  return db.transaction(async (tx) => {
    const at = await readMeta(tx, 'cursor');
    const cursor = at && { epoch: at.epoch, seq: at.seq };
    const last = frames.at(-1);
    if (!at || !cursor || !last || !joins(cursor, frames)) return { applied: false, cursor, entities: [] };
    const words = lastWords(frames);
    for (const [kind, items] of words) await write(tx, kind, [...items.values()]);
    const next = { epoch: last.epoch, seq: last.to };
    await writeMeta(tx, 'cursor', { ...next, scope: at.scope });
    return { applied: true, cursor: next, entities: [...words.keys()] };
  });
}

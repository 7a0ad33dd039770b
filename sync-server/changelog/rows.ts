/** Writes published rows of any entity, many in one statement, from the one description in the domain. */
import { sql, type Transaction } from 'kysely';
import { columnName } from '../../domain/columns.ts';
import type { Entity } from '../../domain/entities.ts';
import type { Database } from '../db/schema.ts';

/**
 * Property names are quoted by hand: the camelCase plugin would rename an identifier, and JSON keys must stay as they are.
 * They come from the domain's own table, never from outside.
 */

/** Inserts the rows or replaces those with the same id. */
export async function upsertRows(
  db: Transaction<Database>,
  entity: Entity,
  rows: readonly object[],
): Promise<void> {
  const properties = Object.keys(entity.columns);
  const columns = sql.join(properties.map((property) => sql.ref(columnName(property))));
  const sources = sql.join(properties.map((property) => sql.raw(`r."${property}"`)));
  const shape = sql.join(
    Object.entries(entity.columns).map(([property, { sql: type }]) => sql.raw(`"${property}" ${type}`)),
  );
  const updates = sql.join(
    properties
      .filter((property) => property !== 'id')
      .map((property) => sql`${sql.id(columnName(property))} = excluded.${sql.id(columnName(property))}`),
  );
  await sql`
    insert into ${sql.table(entity.table)} (${columns})
    select ${sources} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (${shape})
    on conflict (id) do update set ${updates}`.execute(db);
}

export async function deleteRows(
  db: Transaction<Database>,
  entity: Entity,
  ids: readonly string[],
): Promise<void> {
  await sql`delete from ${sql.table(entity.table)} where id = any(${[...ids]}::uuid[])`.execute(db);
}

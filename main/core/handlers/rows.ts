/** Whole rows of the copy, as their entities describe them. */
import { z } from 'zod';
import { columnName } from '../../../domain/columns.ts';
import { entities, type EntityKind, type Row } from '../../../domain/entities.ts';
import type { ReplicaReader } from '../replica/replica.ts';

function columnsOf(kind: EntityKind): string {
  return Object.keys(entities[kind].columns)
    .map((name) => `t.${columnName(name)} as "${name}"`)
    .join(', ');
}

/** Rows where a uuid column has this value, oldest first, `limit` at most. */
export async function rowsWhere<K extends EntityKind>(
  replica: ReplicaReader,
  kind: K,
  column: string,
  id: string,
  limit = 200,
): Promise<Row<K>[]> {
  const { table, schema } = entities[kind];
  const sql = `select ${columnsOf(kind)} from ${table} t where t.${columnName(column)} = $1::uuid
    order by t.created_at, t.id limit ${limit}`;
  const found = await replica.query(z.unknown(), sql, [id]);
  // The schema of kind K parses to Row<K>; TypeScript cannot follow that through the table's union.
  return found.map((row) => schema.parse(row) as Row<K>);
}

export async function rowById<K extends EntityKind>(
  replica: ReplicaReader,
  kind: K,
  id: string | null | undefined,
): Promise<Row<K> | null> {
  if (!id) return null;
  return (await rowsWhere(replica, kind, 'id', id, 1))[0] ?? null;
}

/** Which tables a database has, read from its own catalog, so that no table of a later release is ever left out. */
import type { ClientBase } from 'pg';
import { z } from 'zod';

export interface Table {
  readonly name: string;
  /** Without generated ones: those make themselves. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** The migrator's own books: a restore keeps them itself, by migrating. */
export const booksOfMigrator = ['kysely_migration', 'kysely_migration_lock'] as const;

/** Snapshots for desks, which servers make anew from the rows, and which are as large as all of these together. */
const derived: readonly string[] = ['shared_snapshots', 'shared_chunks'];

/** Whether a backup holds a table's rows; those of earlier releases may hold some that none holds now. */
export function isKept(table: string): boolean {
  return !derived.includes(table);
}

const tablesSchema = z.array(
  z.object({
    name: z.string(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    parents: z.array(z.string()),
  }),
);
type Found = z.infer<typeof tablesSchema>[number];

const select = `
select c.relname::text as name,
  (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
   from pg_attribute a
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
  (select coalesce(jsonb_agg(distinct p.relname), '[]'::jsonb)
   from pg_constraint k join pg_class p on p.oid = k.confrelid
   where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as parents
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
  and c.relname <> all ($1::text[])
order by c.relname`;

/** All tables of the schema that a backup holds, parents before those that refer to them. */
export async function readTables(client: ClientBase): Promise<Table[]> {
  const { rows } = await client.query<{ name: unknown }>(select, [[...booksOfMigrator, ...derived]]);
  return inOrder(tablesSchema.parse(rows));
}

function inOrder(found: readonly Found[]): Table[] {
  const ordered: Found[] = [];
  const waiting = new Set(found);
  while (waiting.size > 0) {
    const names = new Set([...waiting].map(({ name }) => name));
    const ready = [...waiting].filter(({ parents }) => !parents.some((parent) => names.has(parent)));
    if (ready.length === 0)
      throw new Error(`tables refer to each other in a circle: ${[...names].join(', ')}`);
    for (const table of ready) waiting.delete(table);
    ordered.push(...ready);
  }
  return ordered.map(({ name, columns }) => ({ name, columns }));
}

/** `"developers" ("id", "portal_id", …)`, as COPY wants it. */
export function copyTarget({ name, columns }: Table): string {
  return `${quoted(name)} (${columns.map((column) => quoted(column.name)).join(', ')})`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether a desk's copy holds what the server holds: every published row of every kind, compared as text. */
import { expect } from 'vitest';
import { columnName } from '../../domain/columns.ts';
import { entities, entityKinds, type EntityKind } from '../../domain/entities.ts';
import { openDatabase } from '../../main/core/replica/database.ts';
import { replicaFolder } from '../../main/core/replica/folder.ts';

interface Table {
  readonly kind: EntityKind;
  readonly rows: readonly unknown[];
}

/** A row as one text, the same in both databases: each value as PostgreSQL writes it, times in UTC. */
function selectRows(kind: EntityKind): string {
  const { table, columns } = entities[kind];
  const values = Object.entries(columns).map(([name, { sql }]) => {
    const column = columnName(name);
    return sql === 'timestamptz' ? `(${column} at time zone 'UTC')::text` : `${column}::text`;
  });
  return `select jsonb_build_array(${values.join(', ')})::text as row from ${table} order by id`;
}

type Query = (sql: string) => Promise<{ readonly rows: readonly unknown[] }>;

async function readTables(query: Query): Promise<Table[]> {
  const tables: Table[] = [];
  for (const kind of entityKinds) tables.push({ kind, rows: (await query(selectRows(kind))).rows });
  return tables;
}

/** Holds the copy in a closed desk's folder against the server's tables, row by row. Answers how many rows there were. */
export async function expectSameRows(deskFolder: string, server: Query): Promise<number> {
  const copy = await openDatabase(replicaFolder(deskFolder));
  try {
    const here = await readTables((sql) => copy.query(sql));
    const there = await readTables(server);
    for (const [place, { kind, rows }] of there.entries()) {
      expect({ kind, rows: here[place]?.rows }).toEqual({ kind, rows });
    }
    return there.reduce((sum, { rows }) => sum + rows.length, 0);
  } finally {
    await copy.close();
  }
}

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

/** The first difference of one kind between the copy and the server. */
export interface Difference {
  readonly kind: EntityKind;
  readonly here: unknown;
  readonly there: unknown;
}

export interface Compared {
  readonly rows: number;
  readonly differences: readonly Difference[];
}

/** Holds a copy that somebody can ask against the server's tables, row by row: what differs, and how many rows there were. */
export async function compareTables(copy: Query, server: Query): Promise<Compared> {
  const here = await readTables(copy);
  const there = await readTables(server);
  const differences = there.flatMap(({ kind, rows }, place) => {
    const mine = here[place]?.rows ?? [];
    const texts = (all: readonly unknown[]): string[] => all.map((row) => JSON.stringify(row));
    const [left, right] = [texts(mine), texts(rows)];
    const at = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => index).find(
      (index) => left[index] !== right[index],
    );
    return at === undefined ? [] : [{ kind, here: mine[at], there: rows[at] }];
  });
  return { rows: there.reduce((sum, { rows }) => sum + rows.length, 0), differences };
}

/** The same for the copy in a closed desk's folder. */
export async function compareRows(deskFolder: string, server: Query): Promise<Compared> {
  const copy = await openDatabase(replicaFolder(deskFolder));
  try {
    return await compareTables((sql) => copy.query(sql), server);
  } finally {
    await copy.close();
  }
}

/** The same as an expectation. Answers how many rows there were. */
export async function expectSameRows(deskFolder: string, server: Query): Promise<number> {
  const { rows, differences } = await compareRows(deskFolder, server);
  expect(differences).toEqual([]);
  return rows;
}

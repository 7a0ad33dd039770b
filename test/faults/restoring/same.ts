/** What a restored database is held against: the saved rows of every table, and what the change log says they should be. */
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { canonicalJson } from '../../../domain/canonical.ts';
import { entities, entityKinds } from '../../../domain/entities.ts';
import type { Rows } from '../../../sync-server/backup/testing.ts';
import { createDb } from '../../../sync-server/db/connect.ts';
import type { Findings } from '../check.ts';

/** Both as sorted texts: what the left has too many of is lost or too much on the right. Answers how many were compared. */
export function compare(
  what: string,
  saved: readonly string[],
  restored: readonly string[],
  findings: Findings,
): number {
  const there = new Set(restored);
  const here = new Set(saved);
  for (const row of saved) if (!there.has(row)) findings.add('lost', `${what}: ${row.slice(0, 120)}`);
  for (const row of restored) if (!here.has(row)) findings.add('doubled', `${what}: ${row.slice(0, 120)}`);
  if (saved.length !== restored.length) {
    findings.add('lost', `${what}: ${saved.length} rows saved, ${restored.length} restored`);
  }
  return saved.length;
}

export function compareTables(saved: Rows, restored: Rows, findings: Findings): number {
  let rows = 0;
  for (const [table, texts] of saved) rows += compare(table, texts, restored.get(table) ?? [], findings);
  return rows;
}

interface Entry {
  readonly entity: string;
  readonly id: string;
  readonly image: string;
}

/** Every published row as the log's after-images up to `seq` make it, as canonical JSON. */
export async function foldLog(pool: Pool, seq: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await pool.query<Entry>(
    `select distinct on (entity, entity_id) entity, entity_id as id, convert_from(payload, 'UTF8') as image
       from change_log where kind = 'row' and seq <= $1 order by entity, entity_id, seq desc`,
    [seq],
  );
  return new Map(
    entityKinds.map((kind) => [
      kind,
      rows.filter(({ entity, image }) => entity === kind && image !== 'null').map(({ image }) => image),
    ]),
  );
}

/** The published rows as they are, in the same words. */
export async function publishedRows(pool: Pool): Promise<ReadonlyMap<string, readonly string[]>> {
  const db = createDb(pool);
  const found = new Map<string, readonly string[]>();
  for (const kind of entityKinds) {
    const { rows } = await sql`select * from ${sql.table(entities[kind].table)}`.execute(db);
    found.set(
      kind,
      rows.map((row) => canonicalJson(row)),
    );
  }
  return found;
}

/** What tests of backups hold against each other: every row of every table, as text. */
import type { ClientBase, Pool } from 'pg';
import { quoted, readTables } from './tables.ts';

export type Rows = ReadonlyMap<string, readonly string[]>;

interface Row {
  readonly row: string;
}

async function rowsOf(client: ClientBase, table: string, where: string): Promise<string[]> {
  const { rows } = await client.query<Row>(
    `select t::text as row from ${quoted(table)} t where ${where} order by t::text`,
  );
  return rows.map(({ row }) => row);
}

/** All rows of all tables, sorted; `only` narrows single tables. */
export async function readRows(pool: Pool, only: Readonly<Record<string, string>> = {}): Promise<Rows> {
  const client = await pool.connect();
  try {
    const found = new Map<string, readonly string[]>();
    for (const { name } of await readTables(client)) {
      found.set(name, await rowsOf(client, name, only[name] ?? 'true'));
    }
    return found;
  } finally {
    client.release();
  }
}

/** What a restore changes on purpose: it begins an epoch behind what was saved, and ends all sign-ins. */
export function asSaved(seq: number, epoch: number): Readonly<Record<string, string>> {
  return {
    change_log: `seq <= ${seq}`,
    audit_names: 'true',
    epochs: `epoch <= ${epoch}`,
    log_head: 'false',
    developer_sessions: 'false',
    admin_sessions: 'false',
    admin_page_sessions: 'false',
    admin_codes: 'false',
    mail_tokens: 'false',
  };
}

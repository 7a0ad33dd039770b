/** Puts a backup's tables into a database, inside the caller's transaction: all of it, and nothing of what was there. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { migrate, migrateTo, migrationNames } from '../db/migrate.ts';
import type { Db } from '../db/schema.ts';
import type { OpenBackup } from './open.ts';
import { copyTarget, isKept, quoted, readTables, type Table } from './tables.ts';

/** Throws `backup_newer` where this release does not know the backup's shape. */
export function assertKnownShape(migrations: readonly string[]): void {
  const unknown = migrations.find((name) => !migrationNames.includes(name));
  if (unknown === undefined) return;
  const message = `The backup was made by a newer Gatehouse (its shape is ${unknown}); nothing was changed.`;
  throw new GatehouseError('backup_newer', { message });
}

/** The tables as they were in the backup, at the shape that they had then. */
export async function loadTables(client: PoolClient, db: Db, backup: OpenBackup): Promise<void> {
  const { manifest } = backup;
  await dropAll(client);
  await migrateTo(db, manifest.migrations.at(-1) ?? '');
  const shapes = new Map((await readTables(client)).map((table) => [table.name, table]));
  const names = [...shapes.keys()].map(quoted).join(', ');
  await client.query(`truncate ${names}`);
  for (const table of manifest.tables.filter(({ name }) => isKept(name))) {
    const shape = shapes.get(table.name);
    const columns = ({ columns: all }: Table): string =>
      JSON.stringify(all.map(({ name, type }) => [name, type]));
    if (!shape || columns(shape) !== columns(table)) {
      throw new GatehouseError('backup_newer', {
        message: `The backup's table ${table.name} has another shape than this release knows; nothing was changed.`,
      });
    }
    const rows = client.query(copyFrom(`copy ${copyTarget(table)} from stdin (format binary)`));
    await pipeline(backup.read(table), createGunzip(), rows);
    if (rows.rowCount !== table.rows) {
      throw new GatehouseError('backup_damaged', {
        message: `The table ${table.name} has ${rows.rowCount} rows where ${table.rows} were saved; nothing was changed.`,
      });
    }
  }
  for (const { name, value } of manifest.sequences) {
    await client.query('select setval($1::regclass, $2)', [quoted(name), value]);
  }
}

/** From there to the shape of this release. */
export async function bringUpToDate(db: Db): Promise<void> {
  await migrate(db);
}

const namesSchema = z.array(z.object({ name: z.string() }));

/** Everything of the schema but what extensions brought. */
async function dropAll(client: PoolClient): Promise<void> {
  const found = async (query: string): Promise<string[]> =>
    namesSchema.parse((await client.query<{ name: unknown }>(query)).rows).map(({ name }) => name);
  const tables = await found(
    `select quote_ident(relname) as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
  );
  if (tables.length > 0) await client.query(`drop table ${tables.join(', ')} cascade`);
  const own = `not exists (select from pg_depend d where d.objid = o.oid and d.deptype = 'e')`;
  const functions = await found(
    `select o.oid::regprocedure::text as name from pg_proc o where o.pronamespace = current_schema()::regnamespace and ${own}`,
  );
  if (functions.length > 0) await client.query(`drop routine ${functions.join(', ')} cascade`);
  const sequences = await found(
    `select quote_ident(relname) as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'S'`,
  );
  if (sequences.length > 0) await client.query(`drop sequence ${sequences.join(', ')} cascade`);
}

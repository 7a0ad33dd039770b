/** Brings a database to the present shape. Code that is older than the database refuses to run (Kysely names it). */
import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { initial } from './migrations/0001-initial.ts';
import { audit } from './migrations/0002-audit.ts';
import { secondFactors } from './migrations/0003-second-factors.ts';
import { productScopes } from './migrations/0004-product-scopes.ts';

const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-audit': audit,
  '0003-second-factors': secondFactors,
  '0004-product-scopes': productScopes,
};

/** Applies the missing migrations in order, each in a transaction, one process at a time. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error('a migration failed', { cause: error });
}

/** Brings a database to the present shape. Code that is older than the database refuses to run (Kysely names it). */
import type { Kysely } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import { initial } from './migrations/0001-initial.ts';
import { audit } from './migrations/0002-audit.ts';
import { secondFactors } from './migrations/0003-second-factors.ts';
import { productScopes } from './migrations/0004-product-scopes.ts';
import { webhooks } from './migrations/0005-webhooks.ts';
import { epochs } from './migrations/0006-epochs.ts';
import { sessionsAndQuarantine } from './migrations/0007-sessions-and-quarantine.ts';
import { endedSecrets } from './migrations/0008-ended-secrets.ts';
import { sealedKeysAndFailures } from './migrations/0009-sealed-keys.ts';
import { scopesInSlices } from './migrations/0010-scopes-in-slices.ts';
import { clocksOfTheLog } from './migrations/0011-clocks-of-the-log.ts';
import { scopesCleared } from './migrations/0012-scopes-cleared.ts';

const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-audit': audit,
  '0003-second-factors': secondFactors,
  '0004-product-scopes': productScopes,
  '0005-webhooks': webhooks,
  '0006-epochs': epochs,
  '0007-sessions-and-quarantine': sessionsAndQuarantine,
  '0008-ended-secrets': endedSecrets,
  '0009-sealed-keys': sealedKeysAndFailures,
  '0010-scopes-in-slices': scopesInSlices,
  '0011-clocks-of-the-log': clocksOfTheLog,
  '0012-scopes-cleared': scopesCleared,
};

/** In the order in which they are applied. */
export const migrationNames: readonly string[] = Object.keys(migrations).sort();

/** Applies the missing migrations in order, each in a transaction, one process at a time. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  await run(db, (migrator) => migrator.migrateToLatest());
}

/** Brings a database that is older to the shape it had after the migration `name`, as a backup of that time needs it. */
export async function migrateTo<T>(db: Kysely<T>, name: string): Promise<void> {
  await run(db, (migrator) => migrator.migrateTo(name));
}

async function run<T>(
  db: Kysely<T>,
  work: (migrator: Migrator) => Promise<MigrationResultSet>,
): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await work(migrator);
  if (error) throw error instanceof Error ? error : new Error('a migration failed', { cause: error });
}

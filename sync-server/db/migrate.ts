/** Brings a database to the present shape. Code that is older than the database refuses to run. */
import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import { DatabaseError } from './embedded/errors.ts';
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
import { tokenFamilies } from './migrations/0013-token-families.ts';

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
  '0013-token-families': tokenFamilies,
};

/** Notification channel on which each migration announces its name, to servers that may be too old for it. */
export const shapeChannel = 'gatehouse_shape';

/** In the order in which they are applied. */
export const migrationNames: readonly string[] = Object.keys(migrations).sort();

/** What they announce is heard once they are committed. */
const announced = Object.fromEntries(
  Object.entries(migrations).map(([name, migration]): [string, Migration] => [
    name,
    {
      async up(db) {
        await migration.up(db);
        await sql`select pg_notify(${shapeChannel}, ${name})`.execute(db);
      },
    },
  ]),
);

/** Which migrations made a database what it is, in their order; none where nothing was ever made in it. */
export async function appliedMigrations<T>(db: Kysely<T>): Promise<string[]> {
  const books = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (books.rows[0]?.there !== true) return [];
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return applied.rows.map(({ name }) => name);
}

/** Throws `migrations_differ` for a shape that only a later release knows. Answers the migrations that made it. */
export async function assertKnown<T>(db: Kysely<T>): Promise<string[]> {
  const applied = await appliedMigrations(db);
  const unknown = applied.find((name) => !migrationNames.includes(name));
  if (unknown === undefined) return applied;
  throw new DatabaseError(
    'migrations_differ',
    `The database was brought up to date by a newer Gatehouse (its shape is ${applied.at(-1) ?? unknown}); nothing was changed.`,
    'Use that release, or a later one, or restore a backup that this one made.',
  );
}

/** Applies the missing migrations in order, each in a transaction, one process at a time. Throws `migrations_differ`. */
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
  await assertKnown(db);
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(announced) } });
  const { error } = await work(migrator);
  if (error) throw error instanceof Error ? error : new Error('a migration failed', { cause: error });
}

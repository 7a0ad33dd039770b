/** Writes drawn people in commits of a few thousand rows; what is there already, or was deleted, is left alone. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { normalisedEmail } from '../../domain/autoapprove.ts';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Change } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { developerActor } from '../developers/requests.ts';
import { draw, type Drawn, type Scene } from './people.ts';

export interface Added {
  readonly developers: number;
  readonly applications: number;
  readonly registrations: number;
}

/** Rows a commit: long enough to be fast, short enough for others to get their turn. */
const perCommit = 5_000;

export async function generatePeople(
  { commit }: Pick<Deps, 'commit'>,
  scene: Scene,
  registrations: number,
  progress: (done: number, total: number) => void,
): Promise<Added> {
  const added = { developers: 0, applications: 0, registrations: 0 };
  let drawn = 0;
  for (let number = 0; drawn < registrations;) {
    const batch: Drawn[] = [];
    for (let rows = 0; rows < perCommit && drawn < registrations; number++) {
      const person = draw(scene, number);
      const wanted = person.registrations.slice(0, registrations - drawn);
      const size = 1 + person.applications.length + wanted.length + person.credentials.length;
      if (rows + size > perCommit) break;
      batch.push({ ...person, registrations: wanted });
      drawn += wanted.length;
      rows += size;
    }
    const written = await commit((change) => write(change, batch));
    added.developers += written.developers;
    added.applications += written.applications;
    added.registrations += written.registrations;
    progress(drawn, registrations);
  }
  return added;
}

/** A row and who made it what it is: the admin who decided, else the developer. */
interface Decided {
  readonly decidedBy: string | null;
}

async function write(change: Change, batch: readonly Drawn[]): Promise<Added> {
  const developers = await fresh(
    change,
    'developer',
    batch.map(({ developer }) => developer),
  );
  const applications = await fresh(
    change,
    'application',
    batch.flatMap((person) => person.applications),
  );
  const registrations = await fresh(
    change,
    'registration',
    batch.flatMap((person) => person.registrations),
  );
  const credentials = await fresh(
    change,
    'credential',
    batch.flatMap((person) => person.credentials),
  );
  const by = (developerId: string, { decidedBy }: Decided) =>
    decidedBy === null ? developerActor(developerId) : { actor: decidedBy };

  await change.put('developer', developers, (row) => by(row.id, row));
  await secretsOf(change, developers);
  await change.put('application', applications, (row) => by(row.developerId, row));
  await change.put('registration', registrations, (row) => by(row.developerId, row));
  await change.put('credential', credentials, { actor: 'system' });
  await hashesOf(change, credentials);
  return {
    developers: developers.length,
    applications: applications.length,
    registrations: registrations.length,
  };
}

const tables = {
  developer: 'developers',
  application: 'applications',
  registration: 'registrations',
  credential: 'credentials',
} as const satisfies Partial<Record<EntityKind, string>>;

/** Those that are not there and never were. */
async function fresh<K extends keyof typeof tables>(
  { db }: Change,
  kind: K,
  rows: readonly Row<K>[],
): Promise<Row<K>[]> {
  const ids = rows.map((row) => row.id);
  const { rows: known } = await sql<{ id: string }>`
    select id from ${sql.table(tables[kind])} where id = any(${ids}::uuid[])
    union all select id from deleted_records where entity = ${kind} and id = any(${ids}::uuid[])`.execute(db);
  const there = new Set(known.map(({ id }) => id));
  return rows.filter(({ id }) => !there.has(id));
}

/** Without a password nobody signs in as them; "forgot password" works as ever. */
async function secretsOf({ db }: Change, developers: readonly Row<'developer'>[]): Promise<void> {
  if (developers.length === 0) return;
  const values = developers.map(({ id, portalId, email }) => ({
    developerId: id,
    portalId,
    emailNormal: normalisedEmail(email),
    passwordHash: null,
  }));
  await db.insertInto('developerSecrets').values(values).execute();
}

/** Hashes of what is no key, so that nobody can have the key. */
async function hashesOf({ db }: Change, credentials: readonly Row<'credential'>[]): Promise<void> {
  if (credentials.length === 0) return;
  const values = credentials.map(({ id, portalId }) => ({
    credentialId: id,
    portalId,
    hash: createHash('sha256').update(`no key: ${id}`).digest(),
  }));
  await db.insertInto('credentialSecrets').values(values).execute();
}

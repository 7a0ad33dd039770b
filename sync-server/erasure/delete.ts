/** Deletes all that a developer has, as any deletion does: gateways close, desks and webhooks hear of it. */
import { sql } from 'kysely';
import type { Cause, Change } from '../changelog/commit.ts';

/** Who is remembered as having deleted it: a person's wish to be forgotten is no admin's no. */
export const erasureRule = 'rule:erasure';

/** Returns whether there was anything. */
export async function deleteDeveloper(change: Change, developerId: string, cause: Cause): Promise<boolean> {
  const { db } = change;
  const developers = await db.selectFrom('developers').selectAll().where('id', '=', developerId).execute();
  const applications = await db
    .selectFrom('applications')
    .selectAll()
    .where('developerId', '=', developerId)
    .execute();
  const ids = applications.map(({ id }) => id);
  const among = sql<string>`any(${ids}::uuid[])`;
  const registrations = await db
    .selectFrom('registrations')
    .selectAll()
    .where('applicationId', '=', among)
    .execute();
  const credentials = await db
    .selectFrom('credentials')
    .selectAll()
    .where('applicationId', '=', among)
    .execute();
  const [developer] = developers;
  if (!developer) return false;
  const { emailNormal } = await db
    .selectFrom('developerSecrets')
    .select('emailNormal')
    .where('developerId', '=', developerId)
    .executeTakeFirstOrThrow();
  const common = {
    portalId: developer.portalId,
    emailNormal,
    developerId,
    deletedBy: erasureRule,
    deletedAt: change.now,
  };
  const nothing = { versionId: null, referenceId: null };
  await db
    .insertInto('deletedRecords')
    .values([
      { ...common, ...nothing, entity: 'developer', id: developerId, state: developer.state },
      ...applications.map(({ id, referenceId, state }) => ({
        ...common,
        ...nothing,
        entity: 'application',
        id,
        referenceId,
        state,
      })),
      ...registrations.map(({ id, versionId, state }) => ({
        ...common,
        ...nothing,
        entity: 'registration',
        id,
        versionId,
        state,
      })),
    ])
    .execute();
  await change.drop('credential', credentials, cause);
  await change.drop('registration', registrations, cause);
  await change.drop('application', applications, cause);
  await change.drop('developer', developers, cause);
  return true;
}

/** Deletion by the developer: for good, and remembered, so that asking anew never skips a human's no (rules 11, 21, 31). */
import type { Row } from '../../domain/entities.ts';
import type { Change } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { personOf, type Person } from '../developers/history.ts';
import { developerActor } from '../developers/requests.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { ownApplication, ownRegistration } from './own.ts';

/** The application with its registrations and keys. */
export async function removeApplication(
  { commit }: Pick<Deps, 'commit'>,
  who: SignedIn,
  id: string,
): Promise<void> {
  const by = developerActor(who.developer.id);
  await commit(async (change) => {
    const application = await ownApplication(change.db, who, id);
    const registrations = await change.db
      .selectFrom('registrations')
      .selectAll()
      .where('applicationId', '=', id)
      .execute();
    const credentials = await change.db
      .selectFrom('credentials')
      .selectAll()
      .where('applicationId', '=', id)
      .execute();
    const person = await personOf(change.db, who.developer.id);
    await remember(change, person, by.actor, { registrations, application });
    await change.drop('credential', credentials, by);
    await change.drop('registration', registrations, by);
    await change.drop('application', [application], by);
  });
}

/** A pending request is withdrawn and stays on record as such; anything else is deleted. */
export async function removeRegistration(
  { commit }: Pick<Deps, 'commit'>,
  who: SignedIn,
  applicationId: string,
  id: string,
): Promise<void> {
  const by = developerActor(who.developer.id);
  await commit(async (change) => {
    const registration = await ownRegistration(change.db, who, applicationId, id);
    if (registration.state === 'pending') {
      const revision = registration.revision + 1;
      const withdrawn: Row<'registration'> = {
        ...registration,
        state: 'withdrawn',
        revision,
        contentRevision: revision,
      };
      await change.put('registration', [withdrawn], by);
      return;
    }
    const person = await personOf(change.db, who.developer.id);
    await remember(change, person, by.actor, { registrations: [registration] });
    await change.drop('registration', [registration], by);
  });
}

interface Deleted {
  readonly registrations: readonly Row<'registration'>[];
  readonly application?: Row<'application'>;
}

async function remember(
  change: Change,
  person: Person,
  deletedBy: string,
  { registrations, application }: Deleted,
): Promise<void> {
  const common = { ...person, deletedBy, deletedAt: change.now };
  const records = [
    ...registrations.map(({ id, developerId, versionId, state }) => ({
      ...common,
      entity: 'registration',
      id,
      developerId,
      versionId,
      referenceId: null,
      state,
    })),
    ...(application
      ? [
          {
            ...common,
            entity: 'application',
            id: application.id,
            developerId: application.developerId,
            versionId: null,
            referenceId: application.referenceId,
            state: application.state,
          },
        ]
      : []),
  ];
  if (records.length > 0) await change.db.insertInto('deletedRecords').values(records).execute();
}

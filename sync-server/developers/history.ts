/**
 * What is remembered of one person's earlier requests, so that auto-approve never undoes a human's no (rules 7, 8, 31).
 * A person is a normalised address: another account under `name+2@…`, and one that was deleted, are the same person.
 */
import type { Transaction } from 'kysely';
import type { EarlierRecord } from '../../domain/autoapprove.ts';
import type { Database } from '../db/schema.ts';
import type { Sealer } from '../secrets/seal.ts';
import { hashedEmail } from './hashed-email.ts';

type Trx = Transaction<Database>;

/** The person behind a developer, in one portal. */
export interface Person {
  readonly portalId: string;
  readonly emailNormal: string;
}

export async function personOf(trx: Trx, developerId: string): Promise<Person> {
  return trx
    .selectFrom('developerSecrets')
    .select(['portalId', 'emailNormal'])
    .where('developerId', '=', developerId)
    .executeTakeFirstOrThrow();
}

/** The same, and as who was erased is remembered. */
export interface Remembered extends Person {
  /** Null where nobody was ever erased. */
  readonly emailHashed: Buffer | null;
}

export async function rememberedAs(trx: Trx, sealer: Sealer, developerId: string): Promise<Remembered> {
  const person = await personOf(trx, developerId);
  return { ...person, emailHashed: await hashedEmail(trx, sealer, person.emailNormal) };
}

async function deleted(
  trx: Trx,
  person: Remembered,
  entity: string,
  versionId?: string,
): Promise<EarlierRecord[]> {
  let query = trx
    .selectFrom('deletedRecords')
    .select(['state', 'deletedBy'])
    .where('portalId', '=', person.portalId)
    .where((eb) =>
      eb.or([eb('emailNormal', '=', person.emailNormal), eb('emailSealed', '=', person.emailHashed)]),
    )
    .where('entity', '=', entity);
  if (versionId !== undefined) query = query.where('versionId', '=', versionId);
  return query.execute();
}

function standing(rows: readonly { readonly state: string }[]): EarlierRecord[] {
  return rows.map(({ state }) => ({ state, deletedBy: null }));
}

/** The person's accounts in the portal. */
function accountsOf(trx: Trx, { portalId, emailNormal }: Person) {
  return trx
    .selectFrom('developerSecrets')
    .where('developerSecrets.portalId', '=', portalId)
    .where('developerSecrets.emailNormal', '=', emailNormal);
}

/** Accounts of the person in the portal, this one included. */
export async function earlierAccounts(trx: Trx, person: Remembered): Promise<EarlierRecord[]> {
  const rows = await accountsOf(trx, person)
    .innerJoin('developers', 'developers.id', 'developerSecrets.developerId')
    .select('developers.state')
    .execute();
  return [...standing(rows), ...(await deleted(trx, person, 'developer'))];
}

/** The person's applications in the portal. */
export async function earlierApplications(trx: Trx, person: Remembered): Promise<EarlierRecord[]> {
  const rows = await accountsOf(trx, person)
    .innerJoin('applications', 'applications.developerId', 'developerSecrets.developerId')
    .select('applications.state')
    .execute();
  return [...standing(rows), ...(await deleted(trx, person, 'application'))];
}

/** The person's requests for one version in the portal, by whichever application. */
export async function earlierRegistrations(
  trx: Trx,
  person: Remembered,
  versionId: string,
): Promise<EarlierRecord[]> {
  const rows = await accountsOf(trx, person)
    .innerJoin('registrations', 'registrations.developerId', 'developerSecrets.developerId')
    .select('registrations.state')
    .where('registrations.versionId', '=', versionId)
    .execute();
  return [...standing(rows), ...(await deleted(trx, person, 'registration', versionId))];
}

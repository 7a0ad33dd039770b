/** A developer's own things. Somebody else's answer as what does not exist. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { Change } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import type { SignedIn } from '../developers/visitor.ts';

type Reader = Db | Change['db'];

/** Throws `not_found`. */
export async function ownApplication(
  db: Reader,
  { portal, developer }: SignedIn,
  id: string,
): Promise<Row<'application'>> {
  const application = await db
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', id)
    .where('portalId', '=', portal.id)
    .where('developerId', '=', developer.id)
    .executeTakeFirst();
  if (!application) throw new GatehouseError('not_found');
  return application;
}

/** Throws `not_found`; a withdrawn registration is not there any more. */
export async function ownRegistration(
  db: Reader,
  who: SignedIn,
  applicationId: string,
  id: string,
): Promise<Row<'registration'>> {
  await ownApplication(db, who, applicationId);
  const registration = await db
    .selectFrom('registrations')
    .selectAll()
    .where('id', '=', id)
    .where('applicationId', '=', applicationId)
    .where('state', '!=', 'withdrawn')
    .executeTakeFirst();
  if (!registration) throw new GatehouseError('not_found');
  return registration;
}

/** Throws `not_found`. */
export async function ownCredential(
  db: Reader,
  who: SignedIn,
  applicationId: string,
  id: string,
): Promise<Row<'credential'>> {
  await ownApplication(db, who, applicationId);
  const credential = await db
    .selectFrom('credentials')
    .selectAll()
    .where('id', '=', id)
    .where('applicationId', '=', applicationId)
    .executeTakeFirst();
  if (!credential) throw new GatehouseError('not_found');
  return credential;
}

/** The session was good when the request came; this is asked again where it counts, inside the commit (rule 4). */
export async function requireApproved(change: Change, { developer }: SignedIn): Promise<void> {
  const row = await change.db
    .selectFrom('developers')
    .select('state')
    .where('id', '=', developer.id)
    .executeTakeFirst();
  if (row?.state !== 'approved') throw new GatehouseError('unauthenticated');
}

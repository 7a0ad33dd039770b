/** Requests of an application to use a version (rules 13–15, 26–31). */
import { sql } from 'kysely';
import { initialState } from '../../domain/autoapprove.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import { registrationStatuses, type RegistrationV2 } from '../../domain/wire/portal-v2.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Change } from '../changelog/commit.ts';
import { newId, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { earlierAccounts, earlierRegistrations, rememberedAs } from '../developers/history.ts';
import { approvedByRule, developerActor, ruleActor } from '../developers/requests.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { ownApplication, ownRegistration, requireApproved } from './own.ts';
import type { Sealer } from '../secrets/seal.ts';

type Application = Row<'application'>;
type Registration = Row<'registration'>;
type Publication = Row<'publication'>;

function registrationsOf(db: Db, applicationId: string) {
  return db
    .selectFrom('registrations')
    .innerJoin('versions', 'versions.id', 'registrations.versionId')
    .innerJoin('products', 'products.id', 'versions.productId')
    .where('registrations.applicationId', '=', applicationId)
    .where('registrations.state', 'in', registrationStatuses);
}

function withDetails(query: ReturnType<typeof registrationsOf>) {
  return query
    .select(['registrations.id', 'registrations.state', 'registrations.createdAt'])
    .select(['registrations.applicationId', 'registrations.versionId', 'versions.productId'])
    .select(['products.name as productName', 'versions.name as versionName'])
    .select(updatedAt('registrations.id', 'registrations.createdAt').as('updatedAt'))
    .$narrowType<{ state: RegistrationV2['status'] }>();
}

type Detailed = Awaited<ReturnType<ReturnType<typeof withDetails>['execute']>>[number];

function inV2(row: Detailed): RegistrationV2 {
  return {
    id: row.id,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    status: row.state,
    product_id: row.productId,
    product_name: row.productName,
    product_version_id: row.versionId,
    product_version_name: row.versionName,
    application_id: row.applicationId,
  };
}

/** Newest first; withdrawn ones are not there any more. */
export async function listRegistrations(
  db: Db,
  who: SignedIn,
  applicationId: string,
  query: Query & Paging,
): Promise<Page<RegistrationV2>> {
  await ownApplication(db, who, applicationId);
  const found = registrationsOf(db, applicationId)
    .where(matches(query, 'id', sql`registrations.id`))
    .where(matches(query, 'status', sql`registrations.state`))
    .where(matches(query, 'product_name', sql`products.name`))
    .where(matches(query, 'product_version_name', sql`versions.name`));
  const { limit, offset } = limitOf(query);
  const [rows, { total }] = await Promise.all([
    withDetails(found)
      .orderBy('registrations.createdAt', 'desc')
      .orderBy('registrations.id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return pageOf(query, total, rows.map(inV2));
}

/** Throws `not_found`. */
export async function getRegistration(
  db: Db,
  who: SignedIn,
  applicationId: string,
  id: string,
): Promise<RegistrationV2> {
  await ownRegistration(db, who, applicationId, id);
  const row = await withDetails(registrationsOf(db, applicationId))
    .where('registrations.id', '=', id)
    .executeTakeFirst();
  if (!row) throw new GatehouseError('not_found');
  return inV2(row);
}

/**
 * Asks for access; answers the registration's id. Throws `not_found` for a version that this portal does not offer,
 * `registration_closed`, `strategy_mismatch` (rule 13) and `already_registered`.
 */
export async function createRegistration(
  { commit, clock, sealer }: Pick<Deps, 'commit' | 'clock' | 'sealer'>,
  who: SignedIn,
  applicationId: string,
  versionId: string,
): Promise<string> {
  const by = developerActor(who.developer.id);
  return commit(async (change) => {
    await requireApproved(change, who);
    const application = await ownApplication(change.db, who, applicationId);
    const publication = await openPublication(change, who, versionId);
    await requireUnregistered(change, applicationId, versionId);
    const joined = await join(change, application, publication, by);
    const registration: Registration = {
      ...undecided,
      id: newId(clock),
      portalId: who.portal.id,
      developerId: who.developer.id,
      applicationId,
      publicationId: publication.id,
      versionId,
      state: 'pending',
      createdAt: change.now,
    };
    const history = await historyOf(change, sealer, joined, versionId);
    await change.put('registration', [registration], by);
    if (initialState(publication.autoApprove, history) === 'approved') {
      await change.put('registration', [approvedByRule(registration, change.now)], ruleActor);
    }
    return registration.id;
  });
}

/** The version's publication in this portal, where new requests are taken (rules 26, 28). */
async function openPublication(
  change: Change,
  { portal }: SignedIn,
  versionId: string,
): Promise<Publication & { readonly strategyId: string }> {
  const publication = await change.db
    .selectFrom('publications')
    .selectAll()
    .where('portalId', '=', portal.id)
    .where('versionId', '=', versionId)
    .where('live', '=', true)
    .executeTakeFirst();
  if (!publication) throw new GatehouseError('not_found', { message: 'This portal offers no such version.' });
  const { strategyId } = publication;
  if (!publication.registrationOpen || strategyId === null) throw new GatehouseError('registration_closed');
  return { ...publication, strategyId };
}

/** One at a time for each version, whatever its state; only a deleted or withdrawn one makes room (rule 31). */
async function requireUnregistered(change: Change, applicationId: string, versionId: string): Promise<void> {
  const other = await change.db
    .selectFrom('registrations')
    .select('id')
    .where('applicationId', '=', applicationId)
    .where('versionId', '=', versionId)
    .where('state', '!=', 'withdrawn')
    .executeTakeFirst();
  if (other) throw new GatehouseError('already_registered');
}

/** An application without a strategy takes the one of its first version; any other has to have the same (rules 13, 14). */
async function join(
  change: Change,
  application: Application,
  { strategyId }: { readonly strategyId: string },
  by: { readonly actor: string },
): Promise<Application> {
  if (application.strategyId === strategyId) return application;
  if (application.strategyId !== null) throw new GatehouseError('strategy_mismatch');
  const joined = { ...application, strategyId, revision: application.revision + 1 };
  await change.put('application', [joined], by);
  return joined;
}

async function historyOf(
  change: Change,
  sealer: Sealer,
  { developerId, state }: Application,
  versionId: string,
) {
  const person = await rememberedAs(change.db, sealer, developerId);
  return [
    { state, deletedBy: null },
    ...(await earlierAccounts(change.db, person)),
    ...(await earlierRegistrations(change.db, person, versionId)),
  ];
}

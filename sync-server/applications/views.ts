/** Where a developer's applications stand and who has to do what next: what v2 lacks, under `/api/gatehouse/v1`. */
import { sql } from 'kysely';
import type { z } from 'zod';
import { effectiveAccess, type BlockedBy } from '../../domain/access.ts';
import type { Row } from '../../domain/entities.ts';
import type {
  ApplicationView,
  applicationSummarySchema,
  connectionViewSchema,
  credentialViewSchema,
} from '../../domain/wire/portal.ts';
import { pathsOf } from '../catalog/paths.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { strategiesOf } from '../portalapi/strategies.ts';
import { ownApplication } from './own.ts';

type Summary = z.infer<typeof applicationSummarySchema>;
type ConnectionView = z.infer<typeof connectionViewSchema>;
type CredentialView = z.infer<typeof credentialViewSchema>;

/** More than anybody makes by hand; v2's list has pages. */
const mostApplications = 500;

/** Newest first. */
export async function applicationSummaries(db: Db, { portal, developer }: SignedIn): Promise<Summary[]> {
  const counted = (state: string) =>
    sql<number>`(select count(*) from registrations
      where registrations.application_id = applications.id and registrations.state = ${state})`;
  const rows = await db
    .selectFrom('applications')
    .select(['id', 'name', 'description', 'referenceId', 'state', 'createdAt'])
    .select([counted('approved').as('approved'), counted('pending').as('pending')])
    .select(
      sql<number>`(select count(*) from registrations where registrations.application_id = applications.id
        and registrations.state in ('rejected', 'revoked'))`.as('other'),
    )
    .select(
      sql<number>`(select count(*) from credentials where credentials.application_id = applications.id)`.as(
        'keys',
      ),
    )
    .where('portalId', '=', portal.id)
    .where('developerId', '=', developer.id)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(mostApplications)
    .execute();
  return rows.map(({ approved, pending, other, ...row }) => ({
    ...row,
    connections: { approved, pending, other },
  }));
}

/** Throws `not_found`. */
export async function applicationView(
  { db, clock, config }: Pick<Deps, 'db' | 'clock' | 'config'>,
  who: SignedIn,
  id: string,
): Promise<ApplicationView> {
  const application = await ownApplication(db, who, id);
  const strategy = (await strategiesOf(db, [application]))(application);
  const { name, description, referenceId, redirectUri, state, createdAt } = application;
  return {
    id,
    name,
    description,
    referenceId,
    redirectUri,
    state,
    reason: state === 'rejected' || state === 'revoked' ? application.reason : null,
    createdAt,
    strategy: strategy ? { id: strategy.id, name: strategy.name, kind: strategy.kind } : null,
    connections: await connections(db, who, application, isoTime(clock())),
    credentials: await credentials(db, id),
    gatewayAddress: config.gatewayUrl,
  };
}

/** Newest first; withdrawn requests are over and not shown. */
async function connections(
  db: Db,
  who: SignedIn,
  application: Row<'application'>,
  now: string,
): Promise<ConnectionView[]> {
  const rows = await db
    .selectFrom('registrations')
    .innerJoin('versions', 'versions.id', 'registrations.versionId')
    .innerJoin('products', 'products.id', 'versions.productId')
    .innerJoin('publications', 'publications.id', 'registrations.publicationId')
    .select(['registrations.id', 'registrations.state', 'registrations.reason', 'registrations.createdAt'])
    .select(['registrations.decidedAt', 'registrations.versionId', 'versions.name as versionName'])
    .select(['products.id as productId', 'products.name as productName'])
    .select(['publications.live', 'publications.strategyId'])
    .where('registrations.applicationId', '=', application.id)
    .where('registrations.state', '!=', 'withdrawn')
    .orderBy('registrations.createdAt', 'desc')
    .orderBy('registrations.id', 'desc')
    .execute();
  const paths = await pathsOf(
    db,
    who.portal.region,
    rows.map(({ versionId }) => versionId),
  );
  return rows.map((row): ConnectionView => {
    const offered = paths.get(row.versionId) ?? [];
    return {
      id: row.id,
      productId: row.productId,
      productName: row.productName,
      versionId: row.versionId,
      versionName: row.versionName,
      state: row.state,
      reason: row.state === 'rejected' || row.state === 'revoked' ? row.reason : null,
      createdAt: row.createdAt,
      decidedAt: row.decidedAt,
      blockedBy: blockOf(who, application, row, offered.length > 0, now),
      paths: [...offered],
    };
  });
}

interface ConnectionRow {
  readonly state: Row<'registration'>['state'];
  readonly live: boolean;
  readonly strategyId: string | null;
}

/** What stops a call with a live key on this connection, or null where it passes. */
function blockOf(
  { developer }: SignedIn,
  application: Row<'application'>,
  { state, live, strategyId }: ConnectionRow,
  linked: boolean,
  now: string,
): BlockedBy | null {
  const access = effectiveAccess({
    developer,
    application,
    credential: { state: 'active', notAfter: null },
    registration: { state },
    publication: { live, strategyId },
    linked,
    now,
  });
  return access.open ? null : access.blockedBy;
}

async function credentials(db: Db, applicationId: string): Promise<CredentialView[]> {
  return db
    .selectFrom('credentials')
    .select(['id', 'name', 'last4', 'state', 'notAfter', 'createdAt'])
    .where('applicationId', '=', applicationId)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

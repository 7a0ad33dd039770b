/** A developer's applications seen from a version: those registered for it, or those that could still be. */
import { sql } from 'kysely';
import { registrationStatuses, type AuthStrategy } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { authStrategy, strategiesOf } from '../portalapi/strategies.ts';

export interface VersionApplication {
  readonly id: string;
  readonly name: string;
  readonly registration_id: string | null;
  readonly registration_status: (typeof registrationStatuses)[number] | null;
  readonly auth_strategy?: AuthStrategy;
  readonly created_at: string;
  readonly updated_at: string;
}

export async function applicationsByVersion(
  db: Db,
  { portal, developer }: SignedIn,
  versionId: string,
  unregistered: boolean,
  query: Query & Paging,
): Promise<Page<VersionApplication>> {
  const found = db
    .selectFrom('applications')
    .leftJoin('registrations', (join) =>
      join
        .onRef('registrations.applicationId', '=', 'applications.id')
        .on('registrations.versionId', '=', versionId)
        .on('registrations.state', 'in', registrationStatuses),
    )
    .where('applications.portalId', '=', portal.id)
    .where('applications.developerId', '=', developer.id)
    .where('registrations.id', unregistered ? 'is' : 'is not', null)
    .where(matches(query, 'name', sql`applications.name`))
    .where(matches(query, 'status', sql`registrations.state`))
    .where(matches(query, 'auth_strategy_id', sql`applications.strategy_id`));
  const { limit, offset } = limitOf(query);
  const [rows, { total }] = await Promise.all([
    found
      .select(['applications.id', 'applications.name', 'applications.strategyId', 'applications.createdAt'])
      .select(['registrations.id as registrationId', 'registrations.state'])
      .select(updatedAt('applications.id', 'applications.createdAt').as('updatedAt'))
      .$narrowType<{ state: VersionApplication['registration_status'] }>()
      .orderBy('applications.createdAt', 'desc')
      .orderBy('applications.id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  const strategyOf = await strategiesOf(db, rows);
  const data = rows.map((row): VersionApplication => {
    const strategy = strategyOf(row);
    return {
      id: row.id,
      name: row.name,
      registration_id: row.registrationId,
      registration_status: row.state,
      ...(strategy ? { auth_strategy: authStrategy(strategy) } : {}),
      created_at: row.createdAt,
      updated_at: row.updatedAt,
    };
  });
  return pageOf(query, total, data);
}

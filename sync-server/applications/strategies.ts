/** Auth strategies that applications of a portal may use: those of its live publications, and its default (rules 33, 39). */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { PortalAuthStrategy } from '../../domain/wire/portal-v2.ts';
import type { Change } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import { matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { portalAuthStrategy } from '../portalapi/strategies.ts';
import type { Portal } from '../tenancy/portals.ts';

function available(db: Db | Change['db'], portal: Portal) {
  return db
    .selectFrom('strategies')
    .where((eb) =>
      eb.or([
        eb('id', '=', portal.defaultStrategyId),
        eb(
          'id',
          'in',
          db
            .selectFrom('publications')
            .select('strategyId')
            .where('portalId', '=', portal.id)
            .where('live', '=', true)
            .where('strategyId', 'is not', null)
            .$narrowType<{ strategyId: string }>(),
        ),
      ]),
    );
}

/** The strategy's kind in v2's words, as SQL. */
const credentialType = sql`case when strategies.kind = 'key-auth' then 'key_auth'
  when strategies.dynamic_registration then 'client_credentials' else 'self_managed_client_credentials' end`;

export async function listStrategies(
  db: Db,
  portal: Portal,
  query: Query & Paging,
): Promise<Page<PortalAuthStrategy>> {
  const found = available(db, portal)
    .where(matches(query, 'name', sql`strategies.name`))
    .where(matches(query, 'credential_type', credentialType));
  const { limit, offset } = limitOf(query);
  const [rows, { total }] = await Promise.all([
    found.selectAll().orderBy('name').orderBy('id').limit(limit).offset(offset).execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return pageOf(query, total, rows.map(portalAuthStrategy));
}

/**
 * The strategy of a new application: the one asked for, else the portal's default, else none until its first
 * registration (rule 14). Throws `not_found` for one that the portal does not offer.
 */
export async function strategyFor(
  change: Change,
  portal: Portal,
  wanted: string | null,
): Promise<Row<'strategy'> | null> {
  const id = wanted ?? portal.defaultStrategyId;
  if (id === null) return null;
  const strategy = await available(change.db, portal).selectAll().where('id', '=', id).executeTakeFirst();
  if (!strategy) throw new GatehouseError('not_found', { message: 'This portal has no such auth strategy.' });
  if (strategy.dynamicRegistration) throw new GatehouseError('client_registration_off');
  return strategy;
}

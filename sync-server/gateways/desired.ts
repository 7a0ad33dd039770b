/**
 * What gateways should hold, read from the rows: the part of effective access that does not depend on the time of day. Keys
 * of an unapproved developer or application are not sent at all (401); connections that are not approved, whose
 * publication is not live or whose strategy is not the application's are not sent (403); services without a link are
 * not sent (404). Expiry is the gateway's own, by its clock.
 */
import { sql, type Transaction } from 'kysely';
import type { GatewayRecord } from '../../domain/wire/gateway.ts';
import type { Database } from '../db/schema.ts';

type Service = Extract<GatewayRecord, { k: 'service' }>;

export interface DesiredCredential {
  readonly credentialId: string;
  readonly applicationId: string;
  readonly region: string;
  /** Hex SHA-256 of the key. */
  readonly hash: string;
  /** Seconds since 1970. */
  readonly notAfter: number | null;
}

export interface DesiredConnection {
  readonly applicationId: string;
  readonly serviceId: string;
  readonly gatewayId: string;
}

export interface DesiredService {
  readonly gatewayId: string;
  readonly record: Service;
}

export async function desiredCredentials(
  db: Transaction<Database>,
  applications: readonly string[],
): Promise<DesiredCredential[]> {
  const found = await db
    .selectFrom('credentials as c')
    .innerJoin('credentialSecrets as s', 's.credentialId', 'c.id')
    .innerJoin('applications as a', 'a.id', 'c.applicationId')
    .innerJoin('developers as d', 'd.id', 'a.developerId')
    .innerJoin('portals as p', 'p.id', 'a.portalId')
    .select(['c.id as credentialId', 'c.applicationId', 'p.region', 'c.notAfter'])
    .select(sql<string>`encode(s.hash, 'hex')`.as('hash'))
    .where('c.applicationId', '=', sql<string>`any(${[...applications]}::uuid[])`)
    .where('c.state', 'in', ['active', 'rotating'])
    .where('a.state', '=', 'approved')
    .where('d.state', '=', 'approved')
    .execute();
  return found.map((row) => ({
    ...row,
    notAfter: row.notAfter === null ? null : Math.floor(Date.parse(row.notAfter) / 1000),
  }));
}

export async function desiredConnections(
  db: Transaction<Database>,
  applications: readonly string[],
): Promise<DesiredConnection[]> {
  return db
    .selectFrom('registrations as r')
    .innerJoin('applications as a', 'a.id', 'r.applicationId')
    .innerJoin('portals as p', 'p.id', 'a.portalId')
    .innerJoin('publications as u', (join) =>
      join.onRef('u.id', '=', 'r.publicationId').onRef('u.strategyId', '=', 'a.strategyId'),
    )
    .innerJoin('links as l', 'l.versionId', 'r.versionId')
    .innerJoin('services as s', 's.id', 'l.serviceId')
    .innerJoin('gateways as g', (join) =>
      join.onRef('g.id', '=', 's.gatewayId').onRef('g.region', '=', 'p.region'),
    )
    .select(['r.applicationId', 'l.serviceId', 's.gatewayId'])
    .distinct()
    .where('r.applicationId', '=', sql<string>`any(${[...applications]}::uuid[])`)
    .where('r.state', '=', 'approved')
    .where('u.live', '=', true)
    .execute();
}

/** Linked services only: one that is unlinked is absent, even where an owner had set it open. */
export async function desiredServices(
  db: Transaction<Database>,
  services: readonly string[],
): Promise<DesiredService[]> {
  const found = await db
    .selectFrom('services as s')
    .selectAll('s')
    .where('s.id', 'in', [...services])
    .where((where) =>
      where.exists(where.selectFrom('links as l').select('l.id').whereRef('l.serviceId', '=', 's.id')),
    )
    .execute();
  return found.map(({ gatewayId, id, name, path, upstream, open, maxStaleness }) => ({
    gatewayId,
    record: { k: 'service', id, name, path, upstream, mode: open ? 'open' : 'enforced', maxStaleness },
  }));
}

/**
 * Which portal a request is for. One answer for every feature, so that no query forgets it: by Host, else by the
 * `/portals/<name>` prefix, else the default portal, which is the one created first.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { Db } from '../db/schema.ts';
import { splitPrefix } from './prefix.ts';

export type Portal = Row<'portal'>;

/** What of a request tells the portal; a Fastify request has both. */
export interface Addressed {
  readonly hostname: string;
  readonly originalUrl: string;
}

/** The portal of a request; `not_found` where the address names one that does not exist, or where there is none yet. */
export async function resolvePortal(db: Db, { hostname, originalUrl }: Addressed): Promise<Portal> {
  const portal =
    (await portalByHost(db, hostname)) ?? (await portalByPrefix(db, splitPrefix(originalUrl).name));
  if (!portal) throw new GatehouseError('not_found');
  return portal;
}

function portalByHost(db: Db, host: string): Promise<Portal | undefined> {
  return db
    .selectFrom('portals')
    .innerJoin('portalHosts', 'portalHosts.portalId', 'portals.id')
    .selectAll('portals')
    .where('portalHosts.host', '=', host.toLowerCase())
    .executeTakeFirst();
}

function portalByPrefix(db: Db, name: string | null): Promise<Portal | undefined> {
  if (name === null) return defaultPortal(db);
  return db.selectFrom('portals').selectAll().where('name', '=', name).executeTakeFirst();
}

/** The portal that answers at the server's own address. */
export function defaultPortal(db: Db): Promise<Portal | undefined> {
  return db.selectFrom('portals').selectAll().orderBy('createdAt').orderBy('id').limit(1).executeTakeFirst();
}

/** Where a portal's pages begin, for links in mails: no slash at the end. */
export async function portalAddress(db: Db, publicUrl: string, portal: Portal): Promise<string> {
  const base = publicUrl.replace(/\/+$/, '');
  const first = await defaultPortal(db);
  return first?.id === portal.id ? base : `${base}/portals/${portal.name}`;
}

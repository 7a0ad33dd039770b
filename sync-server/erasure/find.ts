/** Whom an erasure is about, and all that was ever theirs. */
import { sql } from 'kysely';
import { normalisedEmail } from '../../domain/autoapprove.ts';
import type { Db } from '../db/schema.ts';

/** Every developer account of a person, in all portals or one: those that stand and those that were deleted. */
export async function developersOf(db: Db, email: string, portalId?: string): Promise<string[]> {
  const emailNormal = normalisedEmail(email);
  const standing = await db
    .selectFrom('developerSecrets')
    .select('developerId')
    .where('emailNormal', '=', emailNormal)
    .$if(portalId !== undefined, (query) => query.where('portalId', '=', portalId ?? ''))
    .execute();
  const deleted = await db
    .selectFrom('deletedRecords')
    .select('developerId')
    .where('emailNormal', '=', emailNormal)
    .$if(portalId !== undefined, (query) => query.where('portalId', '=', portalId ?? ''))
    .execute();
  return [...new Set([...standing, ...deleted].flatMap(({ developerId }) => developerId ?? []))];
}

/**
 * Ids of the developer and of every application, registration and key that was ever theirs, as the log tells. It is read
 * as a whole, outside of any commit: an erasure is seldom, and has to find everything.
 */
export async function idsOf(db: Db, developerId: string): Promise<string[]> {
  const own = await idsThatMention(db, ['developer', 'application', 'registration'], [developerId]);
  if (own.length === 0) return [];
  return [...new Set([...own, ...(await idsThatMention(db, ['credential'], own))])];
}

/** Rows whose images hold one of the ids: they are UUIDs, so nothing else looks like them. */
async function idsThatMention(db: Db, kinds: readonly string[], ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ entityId: string }>`
    select distinct entity_id from change_log
    where kind = 'row' and entity = any(${[...kinds]}::text[]) and (entity_id = any(${[...ids]}::uuid[])
      or exists (select from unnest(${[...ids]}::text[]) as id where position(convert_to(id, 'UTF8') in payload) > 0))`.execute(
    db,
  );
  return rows.map(({ entityId }) => entityId);
}

/** Those of these developers whose accounts stand, or whose data the log still holds. */
export async function knownAmong(db: Db, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ entityId: string }>`
    select distinct entity_id from change_log
    where entity_id = any(${[...ids]}::uuid[]) and kind = 'row' and action <> 'deleted' and payload is not null`.execute(
    db,
  );
  return rows.map(({ entityId }) => entityId);
}

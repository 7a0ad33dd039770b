/**
 * Developers' sessions. Every request looks at the developer's present state, so a revocation ends sessions at once,
 * whatever the cookies say.
 */
import type { Row } from '../../domain/entities.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Projection } from '../changelog/commit.ts';
import { familyHash, firstToken, nextToken } from '../secrets/families.ts';
import { accessLife, refreshLife, type Tokens } from './cookies.ts';
import { hashToken, newSessionToken } from './tokens.ts';

type SessionDeps = Pick<Deps, 'db' | 'clock'>;
export type Developer = Row<'developer'>;

/** A refresh that lost a race against another tab of the same browser is no theft. */
const raceMilliseconds = 10_000;

/** `former` is the refresh token that they replace. */
function freshTokens(former: string | null): Tokens {
  return { access: newSessionToken(), refresh: former === null ? firstToken() : nextToken(former) };
}

/** Opens a session, and forgets the developer's worn-out ones. */
export async function openSession({ db, clock }: SessionDeps, developer: Developer): Promise<Tokens> {
  const now = clock();
  const tokens = freshTokens(null);
  await db
    .deleteFrom('developerSessions')
    .where('developerId', '=', developer.id)
    .where('refreshUntil', '<=', isoTime(now))
    .execute();
  await db
    .insertInto('developerSessions')
    .values({
      accessHash: hashToken(tokens.access),
      refreshHash: hashToken(tokens.refresh),
      previousRefreshHash: null,
      familyHash: familyHash(tokens.refresh),
      developerId: developer.id,
      portalId: developer.portalId,
      accessUntil: isoTime(now + accessLife),
      refreshUntil: isoTime(now + refreshLife),
      createdAt: isoTime(now),
    })
    .execute();
  return tokens;
}

/** The approved developer of a live session of this portal. */
export async function developerOf(
  { db, clock }: SessionDeps,
  portalId: string,
  access: string | undefined,
): Promise<Developer | null> {
  if (access === undefined) return null;
  const developer = await db
    .selectFrom('developerSessions')
    .innerJoin('developers', 'developers.id', 'developerSessions.developerId')
    .selectAll('developers')
    .where('developerSessions.accessHash', '=', hashToken(access))
    .where('developerSessions.portalId', '=', portalId)
    .where('developerSessions.accessUntil', '>', isoTime(clock()))
    .where('developers.state', '=', 'approved')
    .executeTakeFirst();
  return developer ?? null;
}

/**
 * Exchanges a refresh token. `'raced'` where another request exchanged it a moment ago (the browser has the new
 * cookies already); null where it is not good. A token that comes back later, or was replaced more than once, was copied:
 * its session ends.
 */
export async function refreshSession(
  { db, clock }: SessionDeps,
  portalId: string,
  refresh: string,
): Promise<Tokens | 'raced' | null> {
  const now = clock();
  const shown = hashToken(refresh);
  const tokens = freshTokens(refresh);
  const { numUpdatedRows } = await db
    .updateTable('developerSessions')
    .set({
      accessHash: hashToken(tokens.access),
      refreshHash: hashToken(tokens.refresh),
      previousRefreshHash: shown,
      familyHash: familyHash(refresh),
      accessUntil: isoTime(now + accessLife),
      refreshUntil: isoTime(now + refreshLife),
    })
    .where('refreshHash', '=', shown)
    .where('portalId', '=', portalId)
    .where('refreshUntil', '>', isoTime(now))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('developers')
          .select('developers.id')
          .whereRef('developers.id', '=', 'developerSessions.developerId')
          .where('developers.state', '=', 'approved'),
      ),
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return tokens;
  return (await reused({ db, clock }, portalId, refresh)) ? 'raced' : null;
}

/** Whether a replaced token was replaced just now, by the present one; if not, its session is closed. */
async function reused({ db, clock }: SessionDeps, portalId: string, refresh: string): Promise<boolean> {
  const shown = hashToken(refresh);
  const session = await db
    .selectFrom('developerSessions')
    .select(['accessHash', 'accessUntil', 'refreshHash', 'previousRefreshHash'])
    .where((eb) => eb.or([eb('previousRefreshHash', '=', shown), eb('familyHash', '=', familyHash(refresh))]))
    .where('portalId', '=', portalId)
    .executeTakeFirst();
  // The present one may be no good for other reasons: it is over, or the developer is not approved any more.
  if (!session || session.refreshHash.equals(shown)) return false;
  const replacedAt = Date.parse(session.accessUntil) - accessLife;
  const previous = session.previousRefreshHash?.equals(shown) ?? false;
  if (previous && clock() - replacedAt <= raceMilliseconds) return true;
  await db.deleteFrom('developerSessions').where('accessHash', '=', session.accessHash).execute();
  return false;
}

/** Ends the session that either token belongs to. */
export async function closeSession({ db }: SessionDeps, tokens: Partial<Tokens>): Promise<void> {
  const { access, refresh } = tokens;
  if (access !== undefined) {
    await db.deleteFrom('developerSessions').where('accessHash', '=', hashToken(access)).execute();
  }
  if (refresh !== undefined) {
    await db.deleteFrom('developerSessions').where('refreshHash', '=', hashToken(refresh)).execute();
  }
}

/** Ends the sessions of developers who are no longer approved, in the commit that decides it; reinstating opens none. */
export const endSessions: Projection = async ({ db }, rows) => {
  const out = rows
    .filter(({ kind, row }) => kind === 'developer' && !isApproved(row))
    .map(({ row }) => row.id);
  if (out.length > 0) await db.deleteFrom('developerSessions').where('developerId', 'in', out).execute();
};

function isApproved(row: object): boolean {
  return 'state' in row && row.state === 'approved';
}

/**
 * Admin sessions: an access token for a quarter of an hour, a refresh token for thirty days that changes at every use. The
 * refresh token before it stays good for a minute, so that an answer lost on the way does not sign anybody out; later it
 * is taken for stolen, as any other that the session ever had, and ends the session (RFC 9700 §4.14.2).
 */
import type { Selectable } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { AdminIdentity, TokenResponse } from '../../domain/wire/admin.ts';
import type { Commit } from '../changelog/commit.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Database, Db } from '../db/schema.ts';
import { scopeOf, type Scope } from '../scopes/scope.ts';
import { adminEvent } from './people.ts';
import { newRefreshToken, newToken, refreshFamily, tokenHash } from './tokens.ts';

const accessSeconds = 15 * 60;
const refreshSeconds = 30 * 24 * 60 * 60;
const graceMilliseconds = 60_000;

/** Who is asking, as the session says and never the message. */
export interface AdminSession {
  readonly admin: AdminIdentity;
  /** Null until the session is bound to a device. */
  readonly device: string | null;
  readonly scope: Scope;
  /** The scope that the device's copy was made for; null without a device. */
  readonly copy: string | null;
}

export interface SessionDeps {
  readonly db: Db;
  readonly clock: () => number;
}

const identity = ['admins.id', 'admins.email', 'admins.name', 'admins.role', 'admins.productIds'] as const;

/** `former` is the refresh token that they replace. */
function freshTokens(now: number, former: string | null) {
  const access = newToken('access');
  const refresh = newRefreshToken(former);
  return {
    access,
    refresh,
    columns: {
      accessHash: tokenHash(access),
      refreshHash: tokenHash(refresh),
      familyHash: refreshFamily(refresh),
      accessUntil: isoTime(now + accessSeconds * 1000),
      refreshUntil: isoTime(now + refreshSeconds * 1000),
      rotatedAt: isoTime(now),
    },
  };
}

function answer(access: string, refresh: string, admin: AdminIdentity): TokenResponse {
  return {
    access_token: access,
    token_type: 'Bearer',
    expires_in: accessSeconds,
    refresh_token: refresh,
    admin,
  };
}

/** Opens a session for somebody who has just proved who they are; `codeHash` is the code's that says so, if one does. */
export async function openSession(
  { db, clock }: SessionDeps,
  adminId: string,
  codeHash: Buffer | null = null,
): Promise<TokenResponse> {
  const now = clock();
  const admin = await db
    .selectFrom('admins')
    .select(identity)
    .where('id', '=', adminId)
    .executeTakeFirstOrThrow();
  const { access, refresh, columns } = freshTokens(now, null);
  await db.deleteFrom('adminSessions').where('refreshUntil', '<', isoTime(now)).execute();
  await db
    .insertInto('adminSessions')
    .values({ ...columns, adminId, deviceId: null, previousHash: null, codeHash, createdAt: isoTime(now) })
    .execute();
  return answer(access, refresh, admin);
}

/** New tokens for a refresh token. Throws `grant_invalid`. */
export async function refreshSession(
  { db, clock, commit }: SessionDeps & Pick<Deps, 'commit'>,
  token: string,
): Promise<TokenResponse> {
  const now = clock();
  const hash = tokenHash(token);
  const refreshed = await db.transaction().execute(async (trx) => {
    const session = await trx
      .selectFrom('adminSessions')
      .selectAll()
      .where((eb) =>
        eb.or([
          eb('refreshHash', '=', hash),
          eb('previousHash', '=', hash),
          eb('familyHash', '=', refreshFamily(token)),
        ]),
      )
      .forUpdate()
      .executeTakeFirst();
    if (!session) return null;
    const mine = trx.updateTable('adminSessions').where('accessHash', '=', session.accessHash);
    if (!usable(session, hash, now)) {
      await trx.deleteFrom('adminSessions').where('accessHash', '=', session.accessHash).execute();
      return session.refreshUntil <= isoTime(now) ? null : { stolen: session };
    }
    const { access, refresh, columns } = freshTokens(now, token);
    await mine.set({ ...columns, previousHash: hash }).execute();
    const admin = await trx
      .selectFrom('admins')
      .select(identity)
      .where('id', '=', session.adminId)
      .executeTakeFirstOrThrow();
    return answer(access, refresh, admin);
  });
  // Thrown outside, so that the end of a stolen session is kept.
  if (!refreshed) throw new GatehouseError('grant_invalid');
  if ('stolen' in refreshed) {
    await tellStolen(commit, refreshed.stolen, 'a refresh token came again');
    throw new GatehouseError('grant_invalid');
  }
  return refreshed;
}

/** Tells the log of a session that ended because a secret of it came twice: from where, and by nobody who is known. */
export async function tellStolen(
  commit: Commit,
  { adminId, deviceId }: { readonly adminId: string; readonly deviceId: string | null },
  why: string,
): Promise<void> {
  await commit(async (change) => {
    const cause = { actor: 'system', ...(deviceId === null ? {} : { device: deviceId }) };
    adminEvent(change, 'admin.sessions_ended', adminId, cause, { why });
  });
}

function usable(session: Selectable<Database['adminSessions']>, hash: Buffer, now: number): boolean {
  if (session.refreshUntil <= isoTime(now)) return false;
  if (session.refreshHash.equals(hash)) return true;
  const previous = session.previousHash?.equals(hash) ?? false;
  return previous && Date.parse(session.rotatedAt) + graceMilliseconds > now;
}

/** The session of an access token. Throws `unauthenticated`, `token_expired` or `device_revoked`. */
export async function sessionOfToken({ db, clock }: SessionDeps, token: string): Promise<AdminSession> {
  const found = await db
    .selectFrom('adminSessions')
    .innerJoin('admins', 'admins.id', 'adminSessions.adminId')
    .leftJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .leftJoin('devices', 'devices.id', 'adminSessions.deviceId')
    .select([...identity, 'accessUntil', 'deviceId', 'devices.revokedAt', 'devices.scope as copy'])
    .where('adminSessions.accessHash', '=', tokenHash(token))
    .where('adminSecrets.deactivatedAt', 'is', null)
    .executeTakeFirst();
  if (!found) throw new GatehouseError('unauthenticated');
  if (found.accessUntil <= isoTime(clock())) throw new GatehouseError('token_expired');
  if (found.revokedAt !== null) throw new GatehouseError('device_revoked');
  const { accessUntil: _until, revokedAt: _revoked, deviceId: device, copy, ...admin } = found;
  return { admin, device, scope: await scopeOf(db, admin), copy };
}

/**
 * The session of an admin on a device as it is at this moment, whatever its tokens are by now: sockets outlive access
 * tokens. Null once the admin, the device or the session has gone.
 */
export async function liveSession(
  { db, clock }: SessionDeps,
  adminId: string,
  device: string,
): Promise<AdminSession | null> {
  const found = await db
    .selectFrom('adminSessions')
    .innerJoin('admins', 'admins.id', 'adminSessions.adminId')
    .innerJoin('devices', 'devices.id', 'adminSessions.deviceId')
    .leftJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .select([...identity, 'devices.scope as copy'])
    .where('adminSessions.adminId', '=', adminId)
    .where('adminSessions.deviceId', '=', device)
    .where('devices.revokedAt', 'is', null)
    .where('adminSecrets.deactivatedAt', 'is', null)
    .where('adminSessions.refreshUntil', '>', isoTime(clock()))
    .limit(1)
    .executeTakeFirst();
  if (!found) return null;
  const { copy, ...admin } = found;
  return { admin, device, scope: await scopeOf(db, admin), copy };
}

/** Ends the session of an access token, which signs its desk out. */
export async function endSession({ commit }: Pick<Deps, 'commit'>, token: string): Promise<void> {
  await commit(async (change) => {
    const ended = await change.db
      .deleteFrom('adminSessions')
      .where('accessHash', '=', tokenHash(token))
      .returning(['adminId', 'deviceId'])
      .executeTakeFirst();
    if (!ended) return;
    const { adminId, deviceId } = ended;
    const cause = { actor: `admin:${adminId}`, ...(deviceId === null ? {} : { device: deviceId }) };
    adminEvent(change, 'admin.signed_out', adminId, cause, { from: 'desk' });
  });
}

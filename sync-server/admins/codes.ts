/** Authorization codes: for one minute, for one use, bound to the app's PKCE challenge (RFC 7636, S256 only). */
import { createHash } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import type { TokenResponse } from '../../domain/wire/admin.ts';
import { openSession, tellStolen, type SessionDeps } from './sessions.ts';
import { newToken, tokenHash } from './tokens.ts';

const lifetimeMilliseconds = 60_000;

export interface Grant {
  readonly adminId: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export async function issueCode({ db, clock }: SessionDeps, grant: Grant): Promise<string> {
  const now = clock();
  const code = newToken('code');
  await db.deleteFrom('adminCodes').where('expiresAt', '<', isoTime(now)).execute();
  await db
    .insertInto('adminCodes')
    .values({ ...grant, hash: tokenHash(code), expiresAt: isoTime(now + lifetimeMilliseconds) })
    .execute();
  return code;
}

export interface Redemption {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/**
 * A session for the admin whom a code stands for. A code is used up by any try, right or wrong; one that comes again was
 * copied, and ends the session that it opened (RFC 6749 §4.1.2). Throws `grant_invalid`.
 */
export async function redeemCode(
  { db, clock, commit }: SessionDeps & Pick<Deps, 'commit'>,
  redemption: Redemption,
): Promise<TokenResponse> {
  const { code, verifier, redirectUri } = redemption;
  const hash = tokenHash(code);
  const challenge = createHash('sha256').update(verifier, 'ascii').digest('base64url');
  // Together, so that who comes second waits, and finds what the first one opened.
  const opened = await db.transaction().execute(async (trx) => {
    const grant = await trx
      .deleteFrom('adminCodes')
      .where('hash', '=', hash)
      .returningAll()
      .executeTakeFirst();
    if (!grant) {
      const stolen = await trx
        .deleteFrom('adminSessions')
        .where('codeHash', '=', hash)
        .returning(['adminId', 'deviceId'])
        .executeTakeFirst();
      return stolen ? { stolen } : null;
    }
    const fits =
      grant.expiresAt > isoTime(clock()) &&
      grant.redirectUri === redirectUri &&
      grant.challenge === challenge;
    return fits ? openSession({ db: trx, clock }, grant.adminId, hash) : null;
  });
  // Thrown outside, so that the code stays used up.
  if (!opened) throw new GatehouseError('grant_invalid');
  if ('stolen' in opened) {
    await tellStolen(commit, opened.stolen, 'an authorization code came again');
    throw new GatehouseError('grant_invalid');
  }
  return opened;
}

/** Authorization codes: for one minute, for one use, bound to the app's PKCE challenge (RFC 7636, S256 only). */
import { createHash } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import { isoTime } from '../config/deps.ts';
import type { SessionDeps } from './sessions.ts';
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

/** The admin whom a code stands for. A code is used up by any try, right or wrong. Throws `grant_invalid`. */
export async function redeemCode(
  { db, clock }: SessionDeps,
  { code, verifier, redirectUri }: Redemption,
): Promise<string> {
  const grant = await db
    .deleteFrom('adminCodes')
    .where('hash', '=', tokenHash(code))
    .returningAll()
    .executeTakeFirst();
  const challenge = createHash('sha256').update(verifier, 'ascii').digest('base64url');
  const fits =
    grant !== undefined &&
    grant.expiresAt > isoTime(clock()) &&
    grant.redirectUri === redirectUri &&
    grant.challenge === challenge;
  if (!fits) throw new GatehouseError('grant_invalid');
  return grant.adminId;
}

/** Sign-ins under way, in the database, so that each step may meet another server process. */
import { z } from 'zod';
import { isoTime } from '../../config/deps.ts';
import { authorizationSchema, type AuthorizationRequest } from '../authorization.ts';
import type { SessionDeps } from '../sessions.ts';
import { tokenHash } from '../tokens.ts';

const lifeMilliseconds = 10 * 60_000;

/** The desk that waits for a code; null for the account page. */
export type Destination = AuthorizationRequest | null;
export const destinationSchema = authorizationSchema.nullable();

/** What the answer of an identity provider has to match. */
const abroadSchema = z.strictObject({ verifier: z.string(), state: z.string(), nonce: z.string() });
export type Abroad = z.infer<typeof abroadSchema>;

export interface Attempt {
  /** Null until a first factor was proved. */
  readonly adminId: string | null;
  readonly destination: Destination;
  readonly challenge: string | null;
  readonly abroad: Abroad | null;
}

/** Begins or goes on; `token` is what the browser's cookie holds. */
export async function saveAttempt(
  { db, clock }: SessionDeps,
  token: string,
  { adminId, destination, challenge = null, abroad = null }: Partial<Attempt> & Pick<Attempt, 'destination'>,
): Promise<void> {
  const now = clock();
  const row = {
    adminId: adminId ?? null,
    destination: destination && JSON.stringify(destination),
    challenge,
    oidc: abroad && JSON.stringify(abroad),
    expiresAt: isoTime(now + lifeMilliseconds),
  };
  await db.deleteFrom('adminSignIns').where('expiresAt', '<', isoTime(now)).execute();
  await db
    .insertInto('adminSignIns')
    .values({ ...row, hash: tokenHash(token) })
    .onConflict((conflict) => conflict.column('hash').doUpdateSet(row))
    .execute();
}

/** The attempt of a cookie, which is over with this: one that goes on is saved again. So nothing of it is good twice. */
export async function takeAttempt({ db, clock }: SessionDeps, token: string): Promise<Attempt | null> {
  const found = await db
    .deleteFrom('adminSignIns')
    .where('hash', '=', tokenHash(token))
    .returningAll()
    .executeTakeFirst();
  if (!found || found.expiresAt <= isoTime(clock())) return null;
  return {
    adminId: found.adminId,
    destination: destinationSchema.parse(found.destination),
    challenge: found.challenge,
    abroad: abroadSchema.nullable().parse(found.oidc),
  };
}

/**
 * Passkeys (WebAuthn). Each is made to be found without a name and to verify its user (a finger, a face, a PIN), so one
 * alone is a whole sign-in: something held and something known or been.
 */
import { z } from 'zod';
import { textSchema } from '../../../domain/text.ts';
import type { Change } from '../../changelog/commit.ts';
import type { Config } from '../../config/config.ts';
import { isoTime } from '../../config/deps.ts';
import type { Db } from '../../db/schema.ts';

/** Loaded with the first passkey: it brings much along, and most starts of a server need none of it. */
const library = () => import('@simplewebauthn/server');

const base64url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(8_192);
const credentialId = base64url.max(1_400);
const transports = z.array(textSchema.max(32)).max(8);

/** What a browser's `toJSON()` of a new credential holds, as far as it is used. */
const attestationSchema = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: transports.default([]),
  }),
});

const assertionSchema = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
});

/** The party that passkeys are made for; null where the public address is a bare IP address, which browsers refuse. */
export interface Party {
  readonly id: string;
  readonly origin: string;
}

export function partyOf({ publicUrl }: Pick<Config, 'publicUrl'>): Party | null {
  const { hostname, origin } = new URL(publicUrl);
  return /^[\d.]+$|^\[/.test(hostname) ? null : { id: hostname, origin };
}

/** The JSON of a form's field; null for what is none. */
function parsed<S extends z.ZodType>(schema: S, text: string): z.infer<S> | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function idsOf(db: Db, adminId: string) {
  return db.selectFrom('adminPasskeys').select(['id', 'transports']).where('adminId', '=', adminId).execute();
}

/** What the browser needs to make a passkey. The challenge in it has to be kept for `registerPasskey`. */
export async function registrationOptions(
  db: Db,
  party: Party,
  admin: { readonly id: string; readonly email: string; readonly name: string },
) {
  const { generateRegistrationOptions } = await library();
  return generateRegistrationOptions({
    rpName: 'Gatehouse',
    rpID: party.id,
    userName: admin.email,
    userDisplayName: admin.name,
    userID: new Uint8Array(Buffer.from(admin.id.replaceAll('-', ''), 'hex')),
    attestationType: 'none',
    excludeCredentials: await idsOf(db, admin.id),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

export interface NewPasskey {
  readonly adminId: string;
  readonly name: string;
  readonly challenge: string;
  /** As the browser gave it. */
  readonly response: string;
}

/** Keeps a new passkey, in the caller's commit; false for an answer that proves nothing, or a passkey that is known. */
export async function registerPasskey(
  change: Change,
  party: Party,
  { adminId, name, challenge, response }: NewPasskey,
): Promise<boolean> {
  const answer = parsed(attestationSchema, response);
  if (!answer) return false;
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response: { ...answer, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => null);
  if (!verified?.verified) return false;
  const { credential } = verified.registrationInfo;
  const { numInsertedOrUpdatedRows } = await change.db
    .insertInto('adminPasskeys')
    .values({
      id: credential.id,
      adminId,
      name,
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports: answer.response.transports,
      createdAt: change.now,
      usedAt: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** What the browser needs to ask for a passkey: any of this party, or one of this admin where one is known already. */
export async function assertionOptions(db: Db, party: Party, adminId: string | null) {
  const allowed = adminId === null ? {} : { allowCredentials: await idsOf(db, adminId) };
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({ rpID: party.id, userVerification: 'required', ...allowed });
}

export interface PasskeyTried {
  /** Whose passkey it says it is; null for nobody's. For the log: no answer may depend on it. */
  readonly account: string | null;
  /** The admin whose passkey answered the challenge; null for everything else, without saying which. */
  readonly adminId: string | null;
}

export async function tryPasskey(
  { db, clock }: { readonly db: Db; readonly clock: () => number },
  party: Party,
  challenge: string,
  response: string,
): Promise<PasskeyTried> {
  const answer = parsed(assertionSchema, response);
  if (!answer) return { account: null, adminId: null };
  const known = await db
    .selectFrom('adminPasskeys')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'adminPasskeys.adminId')
    .select(['adminPasskeys.adminId', 'publicKey', 'counter', 'deactivatedAt'])
    .where('id', '=', answer.id)
    .executeTakeFirst();
  if (!known) return { account: null, adminId: null };
  const { adminId: account } = known;
  const { verifyAuthenticationResponse } = await library();
  const verified = await verifyAuthenticationResponse({
    response: { ...answer, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential: { id: answer.id, publicKey: new Uint8Array(known.publicKey), counter: known.counter },
    requireUserVerification: true,
  }).catch(() => null);
  if (!verified?.verified || known.deactivatedAt !== null) return { account, adminId: null };
  await db
    .updateTable('adminPasskeys')
    .set({ counter: verified.authenticationInfo.newCounter, usedAt: isoTime(clock()) })
    .where('id', '=', answer.id)
    .execute();
  return { account, adminId: account };
}

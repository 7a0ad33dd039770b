/**
 * Secrets and ways in that end without a published row saying so. An event names what it ends, and so the log of closings
 * has it, so that a restore of an older backup ends it again. Ids only: no secret, no verifier, no address; what an identity
 * provider calls somebody is a digest.
 *
 * What opens something, and how a restore keeps it closed:
 *
 *   API keys, connections, open services, admins' roles   rows: their closings are replayed
 *   passwords of developers and admins                    `password`: the old verifier is made void
 *   authenticators, passkeys, recovery codes              taken away again; and where an admin is left without a second
 *                                                         factor who had or got one, the password is made void too
 *   accounts at identity providers                        `identities`: forgotten. `identity`: once an admin is known by one,
 *                                                         the address alone opens nothing; so it is bound again
 *   deactivated admins, revoked devices, gateways' tokens deactivated and revoked again
 *   webhook endpoints                                     removed again, so that nothing goes where nobody listens; where
 *                                                         something of one was changed, paused until an owner has looked
 *   webhooks' secrets                                     `webhook-secret`: gone, and the endpoint paused until it has one
 *   sessions, codes and half-done sign-ins, links in mails,
 *   tokens for automation                                 all ended by every restore, whatever the log says
 */
import { z } from 'zod';

const id = z.uuid();

export const endedSchema = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('developer-password'), id }),
  z.strictObject({ what: z.literal('admin-password'), id }),
  /** Deactivated. */
  z.strictObject({ what: z.literal('admin'), id }),
  /** A second factor came to an admin: from now on the password alone opens nothing. */
  z.strictObject({ what: z.literal('password-alone'), id }),
  z.strictObject({ what: z.literal('authenticator'), id }),
  /** One of an admin's, or all of them. */
  z.strictObject({ what: z.literal('passkey'), id, passkey: z.string().nullable() }),
  z.strictObject({ what: z.literal('recovery-codes'), id }),
  z.strictObject({ what: z.literal('identities'), id }),
  /** Of an admin who is known by it from now on: see admins/oidc/identities.ts. */
  z.strictObject({ what: z.literal('identity'), id, issuer: z.string(), subject: z.string() }),
  z.strictObject({ what: z.literal('device'), id, admin: id }),
  z.strictObject({ what: z.literal('gateway-token'), id }),
  z.strictObject({ what: z.literal('webhook'), id }),
  z.strictObject({ what: z.literal('webhook-secret'), id }),
  /** Its address, what it asks for, or a pause. */
  z.strictObject({ what: z.literal('webhook-changed'), id }),
]);
export type Ended = z.infer<typeof endedSchema>;

/** The same for the same secret. */
export function endedKey(ended: Ended): string {
  const { what, id: whose } = ended;
  const one = what === 'passkey' ? (ended.passkey ?? '') : what === 'identity' ? ended.subject : '';
  return `${what} ${whose} ${one}`;
}

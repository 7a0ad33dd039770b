/**
 * Secrets and ways in that end without a published row saying so. An event names what it ends, and so the log of closings
 * has it, so that a restore of an older backup ends it again. Ids only: no secret, no verifier, no address.
 *
 * What opens something, and how a restore keeps it closed:
 *
 *   API keys, connections, open services, admins' roles   rows: their closings are replayed
 *   passwords of developers and admins                    `password`: the old verifier is made void
 *   authenticators, passkeys, recovery codes              taken away again; and where an admin is left without a second
 *                                                         factor who had or got one, the password is made void too
 *   accounts at identity providers                        `identities`: forgotten; bound anew by the verified address
 *   deactivated admins, revoked devices, gateways' tokens deactivated and revoked again
 *   webhook endpoints                                     removed again, so that nothing goes where nobody listens
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
  z.strictObject({ what: z.literal('device'), id, admin: id }),
  z.strictObject({ what: z.literal('gateway-token'), id }),
  z.strictObject({ what: z.literal('webhook'), id }),
]);
export type Ended = z.infer<typeof endedSchema>;

/** The same for the same secret. */
export function endedKey(ended: Ended): string {
  return `${ended.what} ${ended.id} ${ended.what === 'passkey' ? (ended.passkey ?? '') : ''}`;
}

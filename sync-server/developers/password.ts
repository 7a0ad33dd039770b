/** Signing in with a password, and choosing a new one. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { envelopeOf, mailTo } from '../mail/envelope.ts';
import { confirmAddress, resetPassword as resetText } from '../mail/texts.ts';
import { dummyVerify, hashPassword, verifyPassword } from '../passwords/passwords.ts';
import type { Portal } from '../tenancy/portals.ts';
import { createLink, useLink } from './links.ts';
import { requireGoodPassword } from './policy.ts';
import type { Developer } from './sessions.ts';
import { developerActor } from './requests.ts';
import { developerByEmail } from './sign-up.ts';
import { setPassword } from './verify.ts';

/**
 * The approved developer of these credentials. `credentials_wrong` tells an unknown address from a wrong password neither
 * by words nor by time; `approval_required` is for those alone who know the password.
 */
export async function authenticate(
  { db }: Pick<Deps, 'db'>,
  portal: Portal,
  email: string,
  password: string,
): Promise<Developer> {
  // In one query, so that an account costs no look more than none.
  const found = await db
    .selectFrom('developers')
    .leftJoin('developerSecrets', 'developerSecrets.developerId', 'developers.id')
    .selectAll('developers')
    .select('developerSecrets.passwordHash')
    .where('developers.portalId', '=', portal.id)
    .where((eb) => eb.fn<string>('lower', ['developers.email']), '=', email.toLowerCase())
    .executeTakeFirst();
  const verifier = found?.passwordHash;
  const right = verifier ? await verifyPassword(password, verifier) : await dummyVerify(password);
  if (!found || !right) throw new GatehouseError('credentials_wrong');
  const { passwordHash: _verifier, ...developer } = found;
  if (developer.state !== 'approved') throw new GatehouseError('approval_required');
  return developer;
}

/** Mails a link where there is an account; says nothing either way. An unconfirmed one gets its confirmation again. */
export async function forgotPassword(
  deps: Pick<Deps, 'db' | 'commit' | 'config' | 'mail'>,
  portal: Portal,
  email: string,
): Promise<void> {
  const envelope = await envelopeOf(deps, portal, '');
  await deps.commit(async (change) => {
    const developer = await developerByEmail(change.db, portal.id, email);
    if (!developer) return;
    const unverified = developer.state === 'unverified';
    const token = await createLink(change, unverified ? 'verify' : 'reset', {
      portalId: portal.id,
      developerId: developer.id,
    });
    const text = unverified ? confirmAddress : resetText;
    const mail = text({ ...envelope, name: developer.name }, token);
    await deps.mail(change, [mailTo(developer.email, portal, mail)]);
  });
}

/** Sets the password and ends every session; throws `password_weak`, `not_found`, `link_used`. */
export async function resetPassword(
  { commit }: Pick<Deps, 'commit'>,
  portal: Portal,
  token: string,
  password: string,
): Promise<void> {
  requireGoodPassword(password, '');
  const passwordHash = await hashPassword(password);
  await commit(async (change) => {
    const { developerId } = await useLink(change, portal.id, 'reset', token);
    await setPassword(change, developerId, passwordHash);
    change.event({
      name: 'developer.password_changed',
      subject: { entity: 'developer', id: developerId },
      portalId: portal.id,
      ends: [{ what: 'developer-password', id: developerId }],
      cause: developerActor(developerId),
    });
    await change.db.deleteFrom('developerSessions').where('developerId', '=', developerId).execute();
  });
}

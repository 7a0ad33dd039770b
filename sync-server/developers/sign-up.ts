/**
 * Sign-up (rules 1–3). The answer is the same whether the address is new or taken; only its owner learns which, by mail.
 */
import { normalisedEmail } from '../../domain/autoapprove.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Change } from '../changelog/commit.ts';
import { newId, type Deps } from '../config/deps.ts';
import { envelopeOf, mailTo } from '../mail/envelope.ts';
import { alreadyRegistered, confirmAddress, type Envelope } from '../mail/texts.ts';
import { hashPassword } from '../passwords/passwords.ts';
import type { Portal } from '../tenancy/portals.ts';
import { createLink } from './links.ts';
import { requireGoodPassword } from './policy.ts';
import { developerActor } from './requests.ts';
import type { Developer } from './sessions.ts';

type SignUpDeps = Pick<Deps, 'db' | 'commit' | 'clock' | 'config' | 'mail'>;

export interface SignUp {
  readonly email: string;
  readonly name: string;
  readonly password: string | undefined;
}

/**
 * Makes an unverified developer, or renews one that was never confirmed, and mails the link. The password goes with the
 * link: whoever signed up first with somebody else's address gains nothing when its owner confirms her own sign-up.
 */
export async function signUp(deps: SignUpDeps, portal: Portal, wanted: SignUp): Promise<void> {
  const { email, name, password } = wanted;
  if (password !== undefined) requireGoodPassword(password, email);
  const passwordHash = password === undefined ? null : await hashPassword(password);
  const envelope = await envelopeOf(deps, portal, name);
  await deps.commit(async (change) => {
    const known = await developerByEmail(change.db, portal.id, email);
    if (known && known.state !== 'unverified') {
      await tellOwner(deps, change, portal, envelope, known);
      return;
    }
    const developer = known
      ? await rename(change, known, name)
      : await create(deps, change, portal, { email, name, password });
    const token = await createLink(change, 'verify', {
      portalId: portal.id,
      developerId: developer.id,
      passwordHash,
    });
    await deps.mail(change, [mailTo(developer.email, portal, confirmAddress(envelope, token))]);
  });
}

/** The developer of an address, however its letters are cased. */
export async function developerByEmail(
  db: Change['db'] | Deps['db'],
  portalId: string,
  email: string,
): Promise<Developer | undefined> {
  return db
    .selectFrom('developers')
    .selectAll()
    .where('portalId', '=', portalId)
    .where((eb) => eb.fn<string>('lower', ['email']), '=', email.toLowerCase())
    .executeTakeFirst();
}

async function create(
  { clock }: SignUpDeps,
  change: Change,
  portal: Portal,
  { email, name }: SignUp,
): Promise<Developer> {
  const developer: Developer = {
    ...undecided,
    id: newId(clock),
    portalId: portal.id,
    email,
    name,
    state: 'unverified',
    verifiedAt: null,
    createdAt: change.now,
  };
  await change.put('developer', [developer], developerActor(developer.id));
  await change.db
    .insertInto('developerSecrets')
    .values({
      developerId: developer.id,
      portalId: portal.id,
      emailNormal: normalisedEmail(email),
      passwordHash: null,
    })
    .execute();
  return developer;
}

async function rename(change: Change, developer: Developer, name: string): Promise<Developer> {
  if (developer.name === name) return developer;
  const revision = developer.revision + 1;
  const renamed = { ...developer, name, revision, contentRevision: revision };
  await change.put('developer', [renamed], developerActor(developer.id));
  return renamed;
}

/** The mail greets the owner by her own name, not by what a stranger typed. */
async function tellOwner(
  { mail }: SignUpDeps,
  change: Change,
  portal: Portal,
  envelope: Envelope,
  owner: Developer,
): Promise<void> {
  await mail(change, [mailTo(owner.email, portal, alreadyRegistered({ ...envelope, name: owner.name }))]);
}

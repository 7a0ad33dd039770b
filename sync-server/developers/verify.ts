/** Confirming an address (rule 3), and what follows of it by the portal's settings (rules 6–8). */
import { initialState } from '../../domain/autoapprove.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Change } from '../changelog/commit.ts';
import type { Deps } from '../config/deps.ts';
import { envelopeOf, mailTo } from '../mail/envelope.ts';
import { decision, waitingForApproval, type Text } from '../mail/texts.ts';
import type { Portal } from '../tenancy/portals.ts';
import { earlierAccounts, rememberedAs } from './history.ts';
import { createLink, useLink } from './links.ts';
import { approvedByRule, developerActor, ruleActor } from './requests.ts';
import type { Developer } from './sessions.ts';
import type { Sealer } from '../secrets/seal.ts';

type VerifyDeps = Pick<Deps, 'db' | 'commit' | 'config' | 'mail' | 'sealer'>;

export interface Verified {
  readonly email: string;
  /** Chooses the first password, where none was given at sign-up. */
  readonly token: string | null;
}

/** Throws `not_found` and `link_used`, as `useLink` says. */
export async function verifyEmail(deps: VerifyDeps, portal: Portal, token: string): Promise<Verified> {
  return deps.commit(async (change) => {
    const link = await useLink(change, portal.id, 'verify', token);
    const found = await change.db
      .selectFrom('developers')
      .selectAll()
      .where('id', '=', link.developerId)
      .executeTakeFirst();
    if (found?.state !== 'unverified') throw new GatehouseError('link_used');
    const developer = await admit(change, deps.sealer, portal, found);
    await setPassword(change, developer.id, link.passwordHash);
    const envelope = await envelopeOf({ db: change.db, config: deps.config }, portal, developer.name);
    const text: Text =
      developer.state === 'approved'
        ? decision(envelope, { kind: 'developer', action: 'approve', thing: '', path: '', reason: null })
        : waitingForApproval(envelope);
    await deps.mail(change, [mailTo(developer.email, portal, text)]);
    const choose =
      link.passwordHash === null
        ? await createLink(change, 'reset', { portalId: portal.id, developerId: developer.id })
        : null;
    return { email: developer.email, token: choose };
  });
}

/** Unverified → pending, and on to approved where the portal says so and no human ever said no. */
async function admit(change: Change, sealer: Sealer, portal: Portal, found: Developer): Promise<Developer> {
  const revision = found.revision + 1;
  const pending: Developer = {
    ...found,
    state: 'pending',
    verifiedAt: change.now,
    revision,
    contentRevision: revision,
  };
  await change.put('developer', [pending], developerActor(found.id));
  const history = await earlierAccounts(change.db, await rememberedAs(change.db, sealer, found.id));
  if (initialState(portal.autoApproveDevelopers, history) === 'pending') return pending;
  const approved = approvedByRule(pending, change.now);
  await change.put('developer', [approved], ruleActor);
  return approved;
}

/** Null leaves it as it is. */
export async function setPassword(
  change: Change,
  developerId: string,
  passwordHash: string | null,
): Promise<void> {
  if (passwordHash === null) return;
  await change.db
    .updateTable('developerSecrets')
    .set({ passwordHash })
    .where('developerId', '=', developerId)
    .execute();
}

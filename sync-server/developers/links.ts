/** One-time links in mails. A link is used up by what it does, in the same commit. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Change } from '../changelog/commit.ts';
import type { Database } from '../db/schema.ts';
import { hashToken, newLinkToken } from './tokens.ts';
import { isoTime } from '../config/deps.ts';
import type { Selectable } from 'kysely';

export type LinkPurpose = 'verify' | 'reset';

const hour = 3_600_000;
const lifetimes: Record<LinkPurpose, number> = { verify: 24 * hour, reset: hour };

export type Link = Selectable<Database['mailTokens']>;

interface For {
  readonly portalId: string;
  readonly developerId: string;
  /** A verifier that counts once the link is used; only for `verify`. */
  readonly passwordHash?: string | null;
}

/** Makes a link's token; it is known here and in the mail only. */
export async function createLink(change: Change, purpose: LinkPurpose, link: For): Promise<string> {
  const token = newLinkToken();
  await change.db
    .insertInto('mailTokens')
    .values({
      hash: hashToken(token),
      portalId: link.portalId,
      developerId: link.developerId,
      purpose,
      passwordHash: link.passwordHash ?? null,
      expiresAt: isoTime(Date.parse(change.now) + lifetimes[purpose]),
      usedAt: null,
    })
    .execute();
  return token;
}

/**
 * Takes a link, with every other of the same purpose and developer. Throws `not_found` for a token that this portal
 * never gave out, `link_used` for one that was used or is too old.
 */
export async function useLink(
  change: Change,
  portalId: string,
  purpose: LinkPurpose,
  token: string,
): Promise<Link> {
  const link = await change.db
    .selectFrom('mailTokens')
    .selectAll()
    .where('hash', '=', hashToken(token))
    .where('portalId', '=', portalId)
    .where('purpose', '=', purpose)
    .executeTakeFirst();
  if (!link) throw new GatehouseError('not_found', { message: 'The provided token was not found.' });
  if (link.usedAt !== null || link.expiresAt <= change.now) throw new GatehouseError('link_used');
  await change.db
    .updateTable('mailTokens')
    .set({ usedAt: change.now, passwordHash: null })
    .where('developerId', '=', link.developerId)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .execute();
  return link;
}

/** API keys (rules 18–22). The key itself leaves in one answer and is kept nowhere: SHA-256 and the last four stay. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import type { Change } from '../changelog/commit.ts';
import { newId, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { developerActor } from '../developers/requests.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { ownApplication, ownCredential, requireApproved } from './own.ts';

type Credential = Row<'credential'>;

/** Live keys that one application may have. */
export const maxKeys = 20;

export interface ListedCredential {
  readonly id: string;
  readonly display_name: string;
}

/** Newest first. */
export async function listCredentials(
  db: Db,
  who: SignedIn,
  applicationId: string,
  paging: Paging,
): Promise<Page<ListedCredential>> {
  await ownApplication(db, who, applicationId);
  const found = db.selectFrom('credentials').where('applicationId', '=', applicationId);
  const { limit, offset } = limitOf(paging);
  const [rows, { total }] = await Promise.all([
    found
      .select(['id', 'name'])
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return pageOf(
    paging,
    total,
    rows.map(({ id, name }) => ({ id, display_name: name })),
  );
}

/**
 * A new key, also while the application waits for approval: it works under rule 17 only. Throws `strategy_not_keys` and
 * `too_many_keys`.
 */
export async function createCredential(
  { commit, clock }: Pick<Deps, 'commit' | 'clock'>,
  who: SignedIn,
  applicationId: string,
  name: string | undefined,
): Promise<ListedCredential & { readonly credential: string }> {
  const key = generateKey(randomBytes);
  return commit(async (change) => {
    await requireApproved(change, who);
    const application = await ownApplication(change.db, who, applicationId);
    await requireKeys(change, application);
    await requireRoom(change, applicationId);
    const credential: Credential = {
      id: newId(clock),
      portalId: who.portal.id,
      applicationId,
      name: name ?? `Key …${last4(key)}`,
      last4: last4(key),
      state: 'active',
      notAfter: null,
      revision: 1,
      createdAt: change.now,
    };
    await change.put('credential', [credential], developerActor(who.developer.id));
    await change.db
      .insertInto('credentialSecrets')
      .values({
        credentialId: credential.id,
        portalId: who.portal.id,
        hash: createHash('sha256').update(key).digest(),
      })
      .execute();
    return { credential: key, id: credential.id, display_name: credential.name };
  });
}

async function requireKeys(change: Change, { strategyId }: Row<'application'>): Promise<void> {
  if (strategyId === null) return;
  const strategy = await change.db
    .selectFrom('strategies')
    .select('kind')
    .where('id', '=', strategyId)
    .executeTakeFirst();
  if (strategy?.kind !== 'key-auth') throw new GatehouseError('strategy_not_keys');
}

async function requireRoom(change: Change, applicationId: string): Promise<void> {
  const { live } = await change.db
    .selectFrom('credentials')
    .select(sql<number>`count(*)`.as('live'))
    .where('applicationId', '=', applicationId)
    .where('state', 'in', ['active', 'rotating'])
    .executeTakeFirstOrThrow();
  if (live >= maxKeys) throw new GatehouseError('too_many_keys');
}

/** Renames it; nothing else of a key can change. */
export async function renameCredential(
  { commit }: Pick<Deps, 'commit'>,
  who: SignedIn,
  applicationId: string,
  id: string,
  name: string,
): Promise<ListedCredential> {
  return commit(async (change) => {
    const credential = await ownCredential(change.db, who, applicationId, id);
    if (credential.name !== name) {
      const renamed = { ...credential, name, revision: credential.revision + 1 };
      await change.put('credential', [renamed], developerActor(who.developer.id));
    }
    return { id, display_name: name };
  });
}

/** For good: it never comes back (rule 21). */
export async function removeCredential(
  { commit }: Pick<Deps, 'commit'>,
  who: SignedIn,
  applicationId: string,
  id: string,
): Promise<void> {
  await commit(async (change) => {
    const credential = await ownCredential(change.db, who, applicationId, id);
    await change.drop('credential', [credential], developerActor(who.developer.id));
  });
}

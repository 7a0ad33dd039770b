/** The people who play a part: two admins who decided what is decided, and a developer whose key works. */
import { createHash, randomBytes } from 'node:crypto';
import { normalisedEmail } from '../../domain/autoapprove.ts';
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { generateKey, last4 } from '../../domain/keys.ts';
import { undecided } from '../../domain/undecided.ts';
import { findAdmin, generatePassword } from '../admins/accounts.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import { newId, type Deps } from '../config/deps.ts';
import { developerActor } from '../developers/requests.ts';
import { hashPassword } from '../passwords/passwords.ts';

/** Their names are on decisions; without a password nobody signs in as them. */
const reviewers = [
  { email: 'ines.marchetti@northwind.example', name: 'Ines Marchetti' },
  { email: 'tomas.vidal@northwind.example', name: 'Tomás Vidal' },
] as const;

const developerEmail = 'dana@example.com';

export interface DemoDeveloper {
  readonly email: string;
  /** Null where the developer was there already: it was shown then. */
  readonly password: string | null;
  /** The key of the application, which is connected to the Mock API; null likewise. */
  readonly key: string | null;
}

/** The ids of the two, made where they are missing. */
export async function ensureReviewers({
  commit,
  clock,
}: Pick<Deps, 'commit' | 'clock'>): Promise<[string, ...string[]]> {
  const [first, second] = reviewers;
  return commit(async (change) => [
    await ensureReviewer(change, clock, first),
    await ensureReviewer(change, clock, second),
  ]);
}

async function ensureReviewer(
  change: Change,
  clock: () => number,
  { email, name }: (typeof reviewers)[number],
): Promise<string> {
  const known = await findAdmin(change.db, email);
  if (known) return known.id;
  const id = newId(clock);
  const row: Row<'admin'> = {
    id,
    portalId: null,
    email,
    name,
    role: 'reviewer',
    productIds: [],
    revision: 1,
    createdAt: change.now,
  };
  await change.put('admin', [row], { actor: 'system' });
  await change.db.insertInto('adminSecrets').values({ adminId: id, passwordHash: null }).execute();
  return id;
}

/** Approved and confirmed, with an approved application, its connection to the Mock API, and a key: rule 17 in full. */
export async function ensureDeveloper(
  { commit, clock }: Pick<Deps, 'commit' | 'clock'>,
  reviewer: string,
): Promise<DemoDeveloper> {
  const password = generatePassword();
  const passwordHash = await hashPassword(password);
  const key = generateKey(randomBytes);
  return commit(async (change) => {
    const { db } = change;
    const portal = await portalOf(change);
    const known = await db
      .selectFrom('developers')
      .select('id')
      .where('portalId', '=', portal.portalId)
      .where('email', '=', developerEmail)
      .executeTakeFirst();
    if (known) return { email: developerEmail, password: null, key: null };

    const rows = castRows(change, clock, portal, reviewer, key);
    const by: Cause = { actor: `admin:${reviewer}` };
    await change.put('developer', [rows.developer], by);
    await db
      .insertInto('developerSecrets')
      .values({
        developerId: rows.developer.id,
        portalId: portal.portalId,
        emailNormal: normalisedEmail(developerEmail),
        passwordHash,
      })
      .execute();
    await change.put('application', [rows.application], by);
    await change.put('registration', [rows.registration], by);
    await change.put('credential', [rows.credential], developerActor(rows.developer.id));
    await db
      .insertInto('credentialSecrets')
      .values({
        credentialId: rows.credential.id,
        portalId: portal.portalId,
        hash: createHash('sha256').update(key).digest(),
      })
      .execute();
    return { email: developerEmail, password, key };
  });
}

/** Where the Mock API is offered in the demo portal. */
async function portalOf({ db }: Change) {
  const found = await db
    .selectFrom('publications')
    .innerJoin('portals', 'portals.id', 'publications.portalId')
    .innerJoin('versions', 'versions.id', 'publications.versionId')
    .innerJoin('products', 'products.id', 'versions.productId')
    .select(['publications.id as publicationId', 'publications.versionId', 'publications.strategyId'])
    .select('publications.portalId')
    .where('portals.name', '=', 'demo')
    .where('products.slug', '=', 'mock')
    .executeTakeFirst();
  if (found) return found;
  const message = 'The portal "demo" does not offer the Mock API (any more).';
  throw new GatehouseError('not_found', { message });
}

function castRows(
  { now }: Change,
  clock: () => number,
  { portalId, publicationId, versionId, strategyId }: Awaited<ReturnType<typeof portalOf>>,
  reviewer: string,
  key: string,
) {
  const approved = {
    ...undecided,
    state: 'approved',
    revision: 2,
    decidedRevision: 2,
    decidedBy: `admin:${reviewer}`,
    decidedAt: now,
    decidedAction: 'approve',
    createdAt: now,
  } as const;
  const developer: Row<'developer'> = {
    ...approved,
    id: newId(clock),
    portalId,
    email: developerEmail,
    name: 'Dana Developer',
    verifiedAt: now,
  };
  const application: Row<'application'> = {
    ...approved,
    id: newId(clock),
    portalId,
    developerId: developer.id,
    strategyId,
    name: 'Demo application',
    description: 'Made with the demo: its key works at once.',
    referenceId: 'demo-application',
    redirectUri: null,
  };
  const registration: Row<'registration'> = {
    ...approved,
    id: newId(clock),
    portalId,
    developerId: developer.id,
    applicationId: application.id,
    publicationId,
    versionId,
  };
  const credential: Row<'credential'> = {
    id: newId(clock),
    portalId,
    applicationId: application.id,
    name: 'Demo key',
    last4: last4(key),
    state: 'active',
    notAfter: null,
    revision: 1,
    createdAt: now,
  };
  return { developer, application, registration, credential };
}

/** A developer's applications: listing, creating, changing (rules 4, 10–16). */
import { sql } from 'kysely';
import { initialState } from '../../domain/autoapprove.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { ApplicationV2, CreateApplication, UpdateApplication } from '../../domain/wire/portal-v2.ts';
import { undecided } from '../../domain/undecided.ts';
import type { Change } from '../changelog/commit.ts';
import { newId, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { earlierAccounts, earlierApplications, rememberedAs } from '../developers/history.ts';
import { approvedByRule, developerActor, ruleActor } from '../developers/requests.ts';
import type { SignedIn } from '../developers/visitor.ts';
import { matches, type Query } from '../portalapi/filters.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';
import { updatedAt } from '../portalapi/stamps.ts';
import { portalAuthStrategy, strategiesOf } from '../portalapi/strategies.ts';
import { ownApplication, requireApproved } from './own.ts';
import { newReference, requireFreeReference, retireReference } from './references.ts';
import { refuseScopes } from './scopes.ts';
import { strategyFor } from './strategies.ts';
import type { Sealer } from '../secrets/seal.ts';

type Application = Row<'application'>;

/** Newest first. */
export async function listApplications(
  db: Db,
  { portal, developer }: SignedIn,
  query: Query & Paging,
): Promise<Page<ApplicationV2>> {
  const found = db
    .selectFrom('applications')
    .where('portalId', '=', portal.id)
    .where('developerId', '=', developer.id)
    .where(matches(query, 'name', sql`applications.name`))
    .where(matches(query, 'auth_strategy_id', sql`applications.strategy_id`));
  const { limit, offset } = limitOf(query);
  const [rows, { total }] = await Promise.all([
    found
      .selectAll()
      .select(updatedAt('applications.id', 'applications.createdAt').as('updatedAt'))
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return pageOf(query, total, await inV2(db, rows));
}

/** Throws `not_found`. */
export async function getApplication(db: Db, who: SignedIn, id: string): Promise<ApplicationV2> {
  await ownApplication(db, who, id);
  const rows = await db
    .selectFrom('applications')
    .selectAll()
    .select(updatedAt('applications.id', 'applications.createdAt').as('updatedAt'))
    .where('id', '=', id)
    .execute();
  const [application] = await inV2(db, rows);
  if (!application) throw new GatehouseError('not_found');
  return application;
}

async function inV2(
  db: Db,
  rows: readonly (Application & { readonly updatedAt: string })[],
): Promise<ApplicationV2[]> {
  const strategyOf = await strategiesOf(db, rows);
  return rows.map((row) => {
    const strategy = strategyOf(row);
    return {
      id: row.id,
      name: row.name,
      reference_id: row.referenceId,
      description: row.description === '' ? null : row.description,
      redirect_uri: row.redirectUri,
      auth_strategy: strategy ? portalAuthStrategy(strategy) : null,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
    };
  });
}

/** Creates it pending, or approved at once under auto-approve; answers its id (rules 6–8). */
export async function createApplication(
  { commit, clock, sealer }: Pick<Deps, 'commit' | 'clock' | 'sealer'>,
  who: SignedIn,
  wanted: CreateApplication,
): Promise<string> {
  refuseScopes(wanted.scopes);
  const { portal, developer } = who;
  return commit(async (change) => {
    await requireApproved(change, who);
    const strategy = await strategyFor(change, portal, wanted.auth_strategy_id ?? null);
    const referenceId = wanted.reference_id ?? newReference();
    await requireFreeReference(change, portal.id, referenceId);
    const application: Application = {
      ...undecided,
      id: newId(clock),
      portalId: portal.id,
      developerId: developer.id,
      strategyId: strategy?.id ?? null,
      name: wanted.name,
      description: wanted.description ?? '',
      referenceId,
      redirectUri: wanted.redirect_uri ?? null,
      state: 'pending',
      createdAt: change.now,
    };
    const history = await historyOf(change, sealer, developer.id);
    await change.put('application', [application], developerActor(developer.id));
    if (initialState(portal.autoApproveApplications, history) === 'approved') {
      await change.put('application', [approvedByRule(application, change.now)], ruleActor);
    }
    return application.id;
  });
}

async function historyOf(change: Change, sealer: Sealer, developerId: string) {
  const person = await rememberedAs(change.db, sealer, developerId);
  return [...(await earlierAccounts(change.db, person)), ...(await earlierApplications(change.db, person))];
}

/**
 * Changes what is given. While nobody has approved it, a change is new content to judge, and a rejected application
 * asks again by it; an approval stands whatever is edited (rule 16).
 */
export async function updateApplication(
  { commit }: Pick<Deps, 'commit'>,
  who: SignedIn,
  id: string,
  wanted: UpdateApplication,
): Promise<void> {
  refuseScopes(wanted.scopes);
  const by = developerActor(who.developer.id);
  await commit(async (change) => {
    await requireApproved(change, who);
    const now = await ownApplication(change.db, who, id);
    const next = {
      ...now,
      name: wanted.name ?? now.name,
      description: wanted.description ?? now.description,
      referenceId: wanted.reference_id ?? now.referenceId,
      redirectUri: wanted.redirect_uri ?? now.redirectUri,
    };
    if (!differ(now, next)) return;
    if (next.referenceId !== now.referenceId) {
      await requireFreeReference(change, now.portalId, next.referenceId);
      await retireReference(change, now, by.actor);
    }
    const revision = now.revision + 1;
    const judged = now.state === 'pending' || now.state === 'rejected';
    const changed: Application = judged
      ? { ...next, state: 'pending', revision, contentRevision: revision }
      : { ...next, revision };
    await change.put('application', [changed], by);
  });
}

function differ(now: Application, next: Application): boolean {
  return (['name', 'description', 'referenceId', 'redirectUri'] as const).some(
    (field) => now[field] !== next[field],
  );
}

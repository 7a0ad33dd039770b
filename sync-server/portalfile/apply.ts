/** Carries a plan out in one commit: rows with their log, specifications, documents and hosts; all of it or nothing. */
import { randomBytes } from 'node:crypto';
import type { EntityKind, Row } from '../../domain/entities.ts';
import { uuidv7 } from '../../domain/ids.ts';
import type { Change, Commit } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import { tellAttached } from './attached.ts';
import { planPortalFile, type Plan, type Step } from './plan.ts';
import type { Loaded } from './read.ts';

export interface ApplyDeps {
  readonly db: Db;
  readonly commit: Commit;
  readonly clock: () => number;
  /** Who applies it: `admin:<id>` or `system`. */
  readonly actor: string;
}

function contextOf({ clock, actor }: ApplyDeps, db: Db, now: string) {
  return { db, newId: () => uuidv7(clock(), randomBytes(10)), now, actor };
}

/** What applying would do; changes nothing. */
export function previewPortalFile(loaded: Loaded, deps: ApplyDeps): Promise<Plan> {
  return planPortalFile(loaded, contextOf(deps, deps.db, new Date(deps.clock()).toISOString()));
}

/** Applies the file; the plan is made inside the commit, so that nothing moves between looking and writing. */
export function applyPortalFile(loaded: Loaded, deps: ApplyDeps): Promise<Plan> {
  return deps.commit(async (change) => {
    const plan = await planPortalFile(loaded, contextOf(deps, change.db, change.now));
    const put = <K extends EntityKind>(steps: readonly Step<K>[]): Promise<void> =>
      putSteps(change, steps, deps.actor);
    await put(plan.strategies);
    await put(plan.gateways);
    await put(plan.services);
    await put(plan.products);
    await put(plan.versions);
    const unlinked = plan.unlinked.map(({ row }) => row);
    await change.drop('link', unlinked, { actor: deps.actor });
    await put(plan.links);
    await put(plan.portals);
    await put(plan.publications);
    await attach(change, loaded, plan, deps);
    tellAttached(change, plan.attached, deps.actor);
    return plan;
  });
}

async function putSteps<K extends EntityKind>(
  change: Change,
  steps: readonly Step<K>[],
  actor: string,
): Promise<void> {
  const first = steps[0];
  if (!first) return;
  const rows: Row<K>[] = steps.map(({ row }) => row);
  await change.put(first.kind, rows, { actor });
}

/** Specifications, documents, labels and hosts: replaced by what the file says, for the things that it mentions. */
async function attach(change: Change, loaded: Loaded, plan: Plan, { clock }: ApplyDeps): Promise<void> {
  const { db } = change;
  for (const [name, content] of loaded.specifications) {
    const versionId = plan.ids.versions.get(name);
    if (versionId === undefined) continue;
    const text = JSON.stringify(content);
    await db
      .insertInto('versionSpecifications')
      .values({ versionId, content: text })
      .onConflict((conflict) => conflict.column('versionId').doUpdateSet({ content: text }))
      .execute();
  }
  for (const product of loaded.file.products) {
    const productId = plan.ids.products.get(product.slug);
    if (productId === undefined) continue;
    await db.deleteFrom('productLabels').where('productId', '=', productId).execute();
    const labels = Object.entries(product.labels).map(([label, value]) => ({ productId, label, value }));
    if (labels.length > 0) await db.insertInto('productLabels').values(labels).execute();
    await putDocuments(change, product, productId, loaded, () => uuidv7(clock(), randomBytes(10)));
  }
  for (const portal of loaded.file.portals) {
    const portalId = plan.ids.portals.get(portal.name);
    if (portalId === undefined) continue;
    await db.deleteFrom('portalHosts').where('portalId', '=', portalId).execute();
    const hosts = portal.hosts.map((host) => ({ host: host.toLowerCase(), portalId }));
    if (hosts.length > 0) await db.insertInto('portalHosts').values(hosts).execute();
  }
}

/** Documents keep their ids by slug, so that links to them hold. */
async function putDocuments(
  { db, now }: Change,
  product: Loaded['file']['products'][number],
  productId: string,
  loaded: Loaded,
  newId: () => string,
): Promise<void> {
  const existing = await db
    .selectFrom('productDocuments')
    .selectAll()
    .where('productId', '=', productId)
    .execute();
  const ids = new Map(
    product.documents.map(({ slug }) => [slug, existing.find((row) => row.slug === slug)?.id ?? newId()]),
  );
  const kept = new Set(ids.values());
  const gone = existing.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
  if (gone.length > 0) await db.deleteFrom('productDocuments').where('id', 'in', gone).execute();
  for (const [position, { slug, title, parent }] of product.documents.entries()) {
    const before = existing.find((row) => row.slug === slug);
    const content = loaded.documents.get(`${product.slug}/${slug}`) ?? '';
    const values = { slug, title, content, position, parentId: (parent && ids.get(parent)) ?? null };
    if (!before) {
      const id = ids.get(slug) ?? newId();
      await db
        .insertInto('productDocuments')
        .values({ id, productId, ...values, createdAt: now, updatedAt: now })
        .execute();
    } else if (
      before.content !== content ||
      before.title !== title ||
      before.position !== position ||
      before.parentId !== values.parentId
    ) {
      await db
        .updateTable('productDocuments')
        .set({ ...values, updatedAt: now })
        .where('id', '=', before.id)
        .execute();
    }
  }
}

/** The plan in words, a line a step: `create publication weather/v1 in demo`, `update portal demo (theme)`. */
export function describePlan(plan: Plan): string[] {
  const { strategies, gateways, services, products, versions, links, portals, publications } = plan;
  const steps: readonly Step[] = [
    ...strategies,
    ...gateways,
    ...services,
    ...products,
    ...versions,
    ...links,
    ...portals,
    ...publications,
  ];
  return [
    ...steps.map(({ verb, kind, name, changes }) => {
      const what = changes.length > 0 ? ` (${changes.join(', ')})` : '';
      return `${verb} ${kind} ${name}${what}`;
    }),
    ...plan.unlinked.map(({ name }) => `unlink a service from ${name}`),
    ...plan.attached.map(({ name }) => `change ${name}`),
  ];
}

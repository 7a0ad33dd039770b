/**
 * Compares a portal file with what is there. The plan is a list of rows to put; applying it twice puts nothing the second
 * time. What the file does not mention is left alone: nothing is deleted by omission, and nothing opens by it.
 */
import { canonicalJson } from '../../domain/canonical.ts';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Db } from '../db/schema.ts';
import { planAttached, type Attached } from './attached.ts';
import type { Loaded } from './read.ts';

/** One row to put, and how to name it to a person. */
export interface Step<K extends EntityKind = EntityKind> {
  readonly kind: K;
  readonly row: Row<K>;
  readonly name: string;
  readonly verb: 'create' | 'update';
  /** The properties that change. */
  readonly changes: readonly string[];
}

export interface PlanContext {
  readonly db: Db;
  readonly newId: () => string;
  readonly now: string;
  readonly actor: string;
}

/** Steps by kind, parents first, with the ids that names stand for. */
export interface Plan {
  readonly strategies: Step<'strategy'>[];
  readonly gateways: Step<'gateway'>[];
  readonly services: Step<'service'>[];
  readonly products: Step<'product'>[];
  readonly versions: Step<'version'>[];
  readonly links: Step<'link'>[];
  /** Links that the file no longer has for versions that it does mention: unlinked, so absent, never open. */
  readonly unlinked: { readonly row: Row<'link'>; readonly name: string }[];
  readonly portals: Step<'portal'>[];
  readonly publications: Step<'publication'>[];
  /** Texts, labels and hosts that change with them. */
  readonly attached: Attached[];
  /** Product ids by slug, version ids by `product/version`, portal ids by name. */
  readonly ids: {
    readonly products: Map<string, string>;
    readonly versions: Map<string, string>;
    readonly portals: Map<string, string>;
  };
}

/** Properties that say when and how often, not what. */
const bookkeeping = new Set([
  'id',
  'revision',
  'createdAt',
  'contentRevision',
  'decidedRevision',
  'decidedBy',
  'decidedAt',
  'decidedAction',
  'reason',
]);

function changed(before: object, after: object): string[] {
  const old = new Map(Object.entries(before));
  return Object.entries(after)
    .filter(
      ([name, value]) => !bookkeeping.has(name) && canonicalJson(old.get(name)) !== canonicalJson(value),
    )
    .map(([name]) => name);
}

/** The step that leads from the row that is there, if any, to `wanted`; null where they are the same. */
function step<K extends EntityKind>(
  kind: K,
  name: string,
  existing: Row<K> | undefined,
  wanted: (from: { id: string; revision: number; createdAt: string }) => Row<K>,
  { newId, now }: PlanContext,
): { id: string; step: Step<K> | null } {
  if (!existing) {
    const row = wanted({ id: newId(), revision: 1, createdAt: now });
    return { id: row.id, step: { kind, row, name, verb: 'create', changes: [] } };
  }
  const { id, revision, createdAt } = existing;
  const changes = changed(existing, wanted({ id, revision, createdAt }));
  if (changes.length === 0) return { id, step: null };
  const row = wanted({ id, revision: revision + 1, createdAt });
  return { id, step: { kind, row, name, verb: 'update', changes } };
}

function collect<T>(into: T[], item: T | null): void {
  if (item !== null) into.push(item);
}

export async function planPortalFile(loaded: Loaded, context: PlanContext): Promise<Plan> {
  const { file } = loaded;
  const { db } = context;
  const { region } = file;
  const plan: Plan = {
    strategies: [],
    gateways: [],
    services: [],
    products: [],
    versions: [],
    links: [],
    unlinked: [],
    portals: [],
    publications: [],
    attached: [],
    ids: { products: new Map(), versions: new Map(), portals: new Map() },
  };
  const shared = { portalId: null, region };

  const oldStrategies = await db.selectFrom('strategies').selectAll().where('region', '=', region).execute();
  const strategyIds = new Map(oldStrategies.map(({ name, id }) => [name, id]));
  for (const { name, kind, dynamicRegistration, config } of file.strategies) {
    const existing = oldStrategies.find((row) => row.name === name);
    const made = step(
      'strategy',
      name,
      existing,
      (from) => ({ ...from, ...shared, name, kind, dynamicRegistration, config }),
      context,
    );
    strategyIds.set(name, made.id);
    collect(plan.strategies, made.step);
  }

  const serviceIds = await planGateways(file, plan, context);
  await planProducts(file, plan, serviceIds, context);
  await planPortals(file, plan, strategyIds, context);
  plan.attached.push(...(await planAttached(db, loaded, plan.ids)));
  return plan;
}

async function planGateways(
  file: Loaded['file'],
  plan: Plan,
  context: PlanContext,
): Promise<Map<string, string>> {
  const { db } = context;
  const { region } = file;
  const oldGateways = await db.selectFrom('gateways').selectAll().where('region', '=', region).execute();
  const oldServices = await db.selectFrom('services').selectAll().execute();
  const serviceIds = new Map<string, string>();
  for (const { name, services } of file.gateways) {
    const existing = oldGateways.find((row) => row.name === name);
    const gateway = step(
      'gateway',
      name,
      existing,
      (from) => ({ ...from, portalId: null, region, name }),
      context,
    );
    collect(plan.gateways, gateway.step);
    for (const service of services) {
      const full = `${name}/${service.name}`;
      const before = oldServices.find((row) => row.gatewayId === gateway.id && row.name === service.name);
      const made = step(
        'service',
        full,
        before,
        (from) => ({ ...from, ...service, portalId: null, gatewayId: gateway.id }),
        context,
      );
      serviceIds.set(full, made.id);
      collect(plan.services, made.step);
    }
  }
  return serviceIds;
}

async function planProducts(
  file: Loaded['file'],
  plan: Plan,
  serviceIds: Map<string, string>,
  context: PlanContext,
): Promise<void> {
  const { db } = context;
  const { region } = file;
  const oldProducts = await db.selectFrom('products').selectAll().where('region', '=', region).execute();
  const oldVersions = await db.selectFrom('versions').selectAll().execute();
  const oldLinks = await db.selectFrom('links').selectAll().execute();
  for (const { slug, name, description, versions } of file.products) {
    const existing = oldProducts.find((row) => row.slug === slug);
    const product = step(
      'product',
      slug,
      existing,
      (from) => ({ ...from, portalId: null, region, name, slug, description }),
      context,
    );
    plan.ids.products.set(slug, product.id);
    collect(plan.products, product.step);
    for (const version of versions) {
      const full = `${slug}/${version.name}`;
      const before = oldVersions.find((row) => row.productId === product.id && row.name === version.name);
      const { name: versionName, lifecycle } = version;
      const made = step(
        'version',
        full,
        before,
        (from) => ({ ...from, portalId: null, productId: product.id, name: versionName, lifecycle }),
        context,
      );
      plan.ids.versions.set(full, made.id);
      collect(plan.versions, made.step);
      const wanted = version.services.flatMap((service) => serviceIds.get(service) ?? []);
      for (const row of oldLinks) {
        if (row.versionId === made.id && !wanted.includes(row.serviceId))
          plan.unlinked.push({ row, name: full });
      }
      for (const serviceId of wanted) {
        const link = oldLinks.find((row) => row.versionId === made.id && row.serviceId === serviceId);
        collect(
          plan.links,
          step(
            'link',
            full,
            link,
            (from) => ({ ...from, portalId: null, versionId: made.id, serviceId }),
            context,
          ).step,
        );
      }
    }
  }
}

async function planPortals(
  file: Loaded['file'],
  plan: Plan,
  strategyIds: Map<string, string>,
  context: PlanContext,
): Promise<void> {
  const { db, now, actor } = context;
  const oldPortals = await db.selectFrom('portals').selectAll().execute();
  const oldPublications = await db.selectFrom('publications').selectAll().execute();
  for (const portal of file.portals) {
    const { name, displayName, description, isPublic, autoApprove, theme } = portal;
    const existing = oldPortals.find((row) => row.name === name);
    const defaultStrategyId = strategyIds.get(portal.defaultStrategy ?? '') ?? null;
    const made = step(
      'portal',
      name,
      existing,
      (from) => ({
        ...from,
        portalId: from.id,
        region: file.region,
        name,
        displayName,
        description,
        isPublic,
        autoApproveDevelopers: autoApprove.developers,
        autoApproveApplications: autoApprove.applications,
        defaultStrategyId,
        theme,
      }),
      context,
    );
    plan.ids.portals.set(name, made.id);
    collect(plan.portals, made.step);
    for (const publication of portal.publications) {
      const versionId = plan.ids.versions.get(publication.version) ?? '';
      const before = oldPublications.find((row) => row.portalId === made.id && row.versionId === versionId);
      // The default strategy is for new publications only: changing it changes no existing one (rule 39).
      const named = strategyIds.get(publication.strategy ?? '');
      const strategyId = named ?? (before ? before.strategyId : defaultStrategyId);
      const { visibility, registration, autoApprove: auto, published } = publication;
      const next = step(
        'publication',
        `${publication.version} in ${name}`,
        before,
        (from) => ({
          ...from,
          portalId: made.id,
          versionId,
          strategyId,
          visibility,
          registrationOpen: registration,
          autoApprove: auto,
          live: published,
          contentRevision: 1,
          decidedRevision: from.revision,
          decidedBy: actor,
          decidedAt: now,
          decidedAction: published ? 'approve' : 'revoke',
          reason: null,
        }),
        context,
      );
      collect(plan.publications, next.step);
    }
  }
}

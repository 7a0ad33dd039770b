/**
 * What hangs on rows without being one: specifications, documents, labels and hosts. No desk has a copy of them, so they
 * are no rows of the log; each change of them is an event of it, with what was there before. Texts are named by their
 * digests: they are as long as their authors like, and public.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical.ts';
import type { AuditEvent } from '../../domain/wire/audit.ts';
import type { Change } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import type { Loaded } from './read.ts';

/** One change, for the log and for people. */
export interface Attached {
  readonly event: AuditEvent;
  readonly subject: { readonly entity: string; readonly id: string };
  readonly portalId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  /** `specification of weather/v1`. */
  readonly name: string;
}

/** Ids by the names of a file; ids of what is not there yet find nothing. */
interface Ids {
  readonly products: ReadonlyMap<string, string>;
  readonly versions: ReadonlyMap<string, string>;
  readonly portals: ReadonlyMap<string, string>;
}

/** What the file says otherwise than it is. */
export async function planAttached(db: Db, loaded: Loaded, ids: Ids): Promise<Attached[]> {
  const all = [
    ...(await specifications(db, loaded, ids)),
    ...(await ofProducts(db, loaded, ids)),
    ...(await hosts(db, loaded, ids)),
  ];
  return all.filter(({ before, after }) => canonicalJson(before) !== canonicalJson(after));
}

/** Notes them in the log, in the commit that makes them. */
export function tellAttached(change: Change, attached: readonly Attached[], actor: string): void {
  for (const { event, subject, portalId, before, after } of attached) {
    change.event({ name: event, subject, portalId, details: { before, after }, cause: { actor } });
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function specifications(db: Db, { specifications }: Loaded, ids: Ids): Promise<Attached[]> {
  const found: Attached[] = [];
  for (const [name, content] of specifications) {
    const id = ids.versions.get(name);
    if (id === undefined) continue;
    const known = await db
      .selectFrom('versionSpecifications')
      .select('content')
      .where('versionId', '=', id)
      .executeTakeFirst();
    found.push({
      event: 'version.specification_changed',
      subject: { entity: 'version', id },
      portalId: null,
      before: known ? digest(canonicalJson(known.content)) : null,
      after: digest(canonicalJson(content)),
      name: `specification of ${name}`,
    });
  }
  return found;
}

async function ofProducts(db: Db, loaded: Loaded, ids: Ids): Promise<Attached[]> {
  const found: Attached[] = [];
  for (const product of loaded.file.products) {
    const { slug: name } = product;
    const id = ids.products.get(name);
    if (id === undefined) continue;
    const about = { subject: { entity: 'product', id }, portalId: null };
    const labels = await db
      .selectFrom('productLabels')
      .select(['label', 'value'])
      .where('productId', '=', id)
      .execute();
    found.push({
      ...about,
      event: 'product.labels_changed',
      before: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
      after: product.labels,
      name: `labels of ${name}`,
    });
    const documents = product.documents.map(({ slug, title, parent }) => ({
      slug,
      title,
      parent: parent ?? null,
      sha256: digest(loaded.documents.get(`${name}/${slug}`) ?? ''),
    }));
    found.push({
      ...about,
      event: 'product.documents_changed',
      before: await documentsOf(db, id),
      after: documents,
      name: `documents of ${name}`,
    });
  }
  return found;
}

/** In their order. */
async function documentsOf(db: Db, productId: string) {
  const rows = await db
    .selectFrom('productDocuments as document')
    .leftJoin('productDocuments as parent', 'parent.id', 'document.parentId')
    .select(['document.slug', 'document.title', 'document.content', 'parent.slug as parent'])
    .where('document.productId', '=', productId)
    .orderBy('document.position')
    .execute();
  return rows.map(({ slug, title, content, parent }) => ({ slug, title, parent, sha256: digest(content) }));
}

async function hosts(db: Db, { file }: Loaded, ids: Ids): Promise<Attached[]> {
  const found: Attached[] = [];
  for (const portal of file.portals) {
    const id = ids.portals.get(portal.name);
    if (id === undefined) continue;
    const known = await db.selectFrom('portalHosts').select('host').where('portalId', '=', id).execute();
    found.push({
      event: 'portal.hosts_changed',
      subject: { entity: 'portal', id },
      portalId: id,
      before: known.map(({ host }) => host).sort(),
      after: portal.hosts.map((host) => host.toLowerCase()).sort(),
      name: `hosts of ${portal.name}`,
    });
  }
  return found;
}

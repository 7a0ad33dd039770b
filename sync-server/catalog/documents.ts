/** A product's documents: Markdown in a tree (rule 24). */
import { sql } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { DocumentTree } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';
import { limitOf, pageOf, type Page, type Paging } from '../portalapi/paging.ts';

function documentsOf(db: Db, productId: string) {
  return db.selectFrom('productDocuments').where('productId', '=', productId);
}

/** The flat list, in reading order of each level. */
export async function listDocuments(db: Db, productId: string, paging: Paging) {
  const { limit, offset } = limitOf(paging);
  const [rows, { total }] = await Promise.all([
    documentsOf(db, productId)
      .selectAll()
      .orderBy('position')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute(),
    documentsOf(db, productId)
      .select(sql<number>`count(*)`.as('total'))
      .executeTakeFirstOrThrow(),
  ]);
  const data = rows.map((row) => ({
    id: row.id,
    parent_document_id: row.parentId,
    slug: row.slug,
    title: row.title,
    metadata: {},
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  }));
  return pageOf(paging, total, data);
}

/** The tree: its roots are what is paged, each with all that is below it. */
export async function documentTree(db: Db, productId: string, paging: Paging): Promise<Page<DocumentTree>> {
  const rows = await documentsOf(db, productId)
    .select(['id', 'parentId', 'slug', 'title'])
    .orderBy('position')
    .orderBy('id')
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  const byParent = Map.groupBy(rows, ({ parentId }) =>
    parentId !== null && known.has(parentId) ? parentId : null,
  );
  const below = (parent: string | null): DocumentTree[] =>
    (byParent.get(parent) ?? []).map(({ id, parentId, slug, title }) => ({
      id,
      parent_document_id: parentId,
      slug,
      title,
      metadata: {},
      children: below(id),
    }));
  const roots = below(null);
  const { limit, offset } = limitOf(paging);
  return pageOf(paging, roots.length, roots.slice(offset, offset + limit));
}

/** Throws `not_found`. `content` is Markdown. */
export async function getDocument(db: Db, productId: string, documentId: string) {
  const row = await documentsOf(db, productId).selectAll().where('id', '=', documentId).executeTakeFirst();
  if (!row) throw new GatehouseError('not_found');
  return {
    id: row.id,
    parent_document_id: row.parentId,
    slug: row.slug,
    title: row.title,
    content: row.content,
  };
}

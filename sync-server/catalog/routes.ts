/** The catalog's operations of the Portal API v2: portal, products, versions, documents, specification, search. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { textSchema } from '../../domain/text.ts';
import type { Deps } from '../config/deps.ts';
import { visitorOf, type Visitor } from '../developers/visitor.ts';
import { parse } from '../http/parse.ts';
import { containment, equality } from '../portalapi/filters.ts';
import { pagingShape } from '../portalapi/paging.ts';
import { resolvePortal } from '../tenancy/portals.ts';
import { documentTree, getDocument, listDocuments } from './documents.ts';
import { emptyImage, portalAppearance, portalContext } from './portal.ts';
import { getProduct, listProducts, searchProducts } from './products.ts';
import { operationsOf, specificationOf } from './specification.ts';
import { getVersion, listVersions } from './versions.ts';
import { requireProduct, requireVersion, visibleVersions } from './visible.ts';

const name = { ...equality('name'), ...containment('name') };
const productQuery = z.strictObject({
  ...pagingShape,
  ...name,
  ...equality('description'),
  ...containment('description'),
  ...equality('id'),
});
const versionQuery = z.strictObject({ ...pagingShape, ...name });
const pageQuery = z.strictObject(pagingShape);
const searchQuery = z.strictObject({
  ...pagingShape,
  q: textSchema.max(200).default(''),
  join: z
    .string()
    .max(100)
    .default('')
    .transform((list) => list.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(['versions', 'versions.documents']))),
});
const indices = z.strictObject({ indices: z.literal('product-catalog') });

const ofProduct = z.strictObject({ productId: z.uuid() });
const ofVersion = ofProduct.extend({ productVersionId: z.uuid() });
const ofDocument = ofProduct.extend({ documentId: z.uuid() });

const treeType = 'application/vnd.konnect.document-tree+json';

/** Registered below `/api/v2`. */
export function catalogRoutes(deps: Deps): FastifyPluginAsync {
  const { db, config } = deps;

  /** Who asks, once it is known that the version is there for them. */
  async function atVersion(request: FastifyRequest): Promise<{ visitor: Visitor; versionId: string }> {
    const { productId, productVersionId: versionId } = parse(ofVersion, request.params);
    const visitor = await visitorOf(deps, request);
    await requireVersion(db, visitor, productId, versionId);
    return { visitor, versionId };
  }

  async function atProduct(request: FastifyRequest): Promise<{ visitor: Visitor; productId: string }> {
    const { productId } = parse(ofProduct, request.params);
    const visitor = await visitorOf(deps, request);
    await requireProduct(db, visitor, productId);
    return { visitor, productId };
  }

  return async (app) => {
    app.get('/portal', async (request) =>
      portalContext(db, config.publicUrl, await resolvePortal(db, request)),
    );
    app.get('/portal/appearance', async (request) =>
      portalAppearance(await resolvePortal(db, request), request.originalUrl),
    );
    for (const image of ['logo', 'catalog-cover']) {
      app.get(`/portal/${image}`, async (request, reply) => {
        await resolvePortal(db, request);
        return reply.type('image/png').send(emptyImage);
      });
    }

    app.get('/products', async (request) => {
      const query = parse(productQuery, request.query);
      return listProducts(db, await visitorOf(deps, request), query);
    });

    app.get('/products/:productId', async (request) => {
      const { productId } = parse(ofProduct, request.params);
      return getProduct(db, await visitorOf(deps, request), productId);
    });

    app.get('/products/:productId/actions', async (request) => {
      const { visitor, productId } = await atProduct(request);
      const open = await visibleVersions(db, visitor)
        .select('versions.id')
        .where('versions.productId', '=', productId)
        .where('publications.registrationOpen', '=', true)
        .limit(1)
        .executeTakeFirst();
      const register = open !== undefined && visitor.developer !== null && !visitor.portal.isPublic;
      return { actions: { view: true, register, view_documentation: true } };
    });

    app.get('/products/:productId/documents', async (request, reply) => {
      const query = parse(pageQuery, request.query);
      const { productId } = await atProduct(request);
      if (!request.headers.accept?.includes(treeType)) return listDocuments(db, productId, query);
      return reply.type(treeType).send(await documentTree(db, productId, query));
    });

    app.get('/products/:productId/documents/:documentId', async (request, reply) => {
      const { productId, documentId } = parse(ofDocument, request.params);
      await requireProduct(db, await visitorOf(deps, request), productId);
      const document = await getDocument(db, productId, documentId);
      if (request.headers.accept?.startsWith('text/markdown')) {
        return reply.type('text/markdown; charset=utf-8').send(document.content);
      }
      return document;
    });

    app.get('/products/:productId/versions', async (request) => {
      const query = parse(versionQuery, request.query);
      const { visitor, productId } = await atProduct(request);
      return listVersions(db, visitor, productId, query);
    });

    app.get('/products/:productId/versions/:productVersionId', async (request) => {
      const { productId, productVersionId } = parse(ofVersion, request.params);
      return getVersion(db, await visitorOf(deps, request), productId, productVersionId);
    });

    app.get('/products/:productId/versions/:productVersionId/spec', async (request, reply) => {
      const specification = await specificationOf(db, (await atVersion(request)).versionId);
      if (specification === null) return reply.status(204).send();
      return { api_type: 'openapi', content: JSON.stringify(specification) };
    });

    app.get('/products/:productId/versions/:productVersionId/spec/operations', async (request, reply) => {
      const specification = await specificationOf(db, (await atVersion(request)).versionId);
      if (specification === null) return reply.status(204).send();
      return { api_type: 'openapi', operations: operationsOf(specification) };
    });

    app.get('/search/:indices', async (request) => {
      parse(indices, request.params);
      const { q, join, ...paging } = parse(searchQuery, request.query);
      const found = await searchProducts(db, await visitorOf(deps, request), q, join, paging);
      return { ...found, data: found.data.map((source) => ({ index: 'product-catalog', source })) };
    });
  };
}

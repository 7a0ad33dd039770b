/** The calls that the pages make, by name: Portal API v2, and what Gatehouse adds to it. */
import {
  applicationListSchema,
  applicationViewSchema,
  portalViewSchema,
  versionViewSchema,
} from '../../../domain/wire/portal.ts';
import {
  applicationV2Schema,
  authStrategyListSchema,
  credentialCreationSchema,
  documentSchema,
  documentTreeListSchema,
  meSchema,
  productListSchema,
  productSchema,
  productVersionListSchema,
  productVersionSchema,
  registrationV2Schema,
  searchResultsSchema,
  specOperationsSchema,
  verifyEmailAnswerSchema,
  versionApplicationListSchema,
  type CreateApplication,
  type UpdateApplication,
} from '../../../domain/wire/portal-v2.ts';
import type { z } from 'zod';
import type { Client } from './client.ts';

const v2 = '/api/v2';
const own = '/api/gatehouse/v1';
const part = encodeURIComponent;

/** Everything at once, where a portal has a handful: versions, strategies, documents, a developer's applications. */
const all = { 'page[size]': 1_000 } as const;
/** Cards of the catalog on one page. */
export const catalogPage = 24;

/** Makes the calls over a client. */
export function createPortalApi(client: Client) {
  const paged = (page: number) => ({ 'page[size]': catalogPage, 'page[number]': page });
  const application = (id: string): string => `${v2}/applications/${part(id)}`;
  const product = (id: string): string => `${v2}/products/${part(id)}`;
  const version = (of: string, id: string): string => `${product(of)}/versions/${part(id)}`;

  return {
    // the portal and who is here
    portal: () => client.ask(portalViewSchema, { path: `${own}/portal` }),
    me: () => client.ask(meSchema, { path: `${v2}/developer/me` }),
    signUp: (body: { full_name: string; email: string; password: string }) =>
      client.tell({ method: 'POST', path: `${v2}/developer`, body }),
    signIn: (username: string, password: string) =>
      client.tell({ method: 'POST', path: `${v2}/developer/authenticate`, body: { username, password } }),
    signOut: () => client.tell({ method: 'POST', path: `${v2}/developer/logout` }),
    verifyEmail: (token: string) =>
      client.ask(verifyEmailAnswerSchema, {
        method: 'POST',
        path: `${v2}/developer/verify-email`,
        body: { token },
      }),
    forgotPassword: (email: string) =>
      client.tell({ method: 'POST', path: `${v2}/developer/forgot-password`, body: { email } }),
    resetPassword: (token: string, password: string) =>
      client.tell({ method: 'POST', path: `${v2}/developer/reset-password`, body: { token, password } }),

    // the catalog
    products: (page: number) => client.ask(productListSchema, { path: `${v2}/products`, query: paged(page) }),
    search: (words: string, page: number) =>
      client.ask(searchResultsSchema, {
        path: `${v2}/search/product-catalog`,
        query: { q: words, ...paged(page) },
      }),
    product: (id: string) => client.ask(productSchema, { path: product(id) }),
    versions: (id: string) =>
      client.ask(productVersionListSchema, { path: `${product(id)}/versions`, query: all }),
    version: (of: string, id: string) => client.ask(productVersionSchema, { path: version(of, id) }),
    versionView: (id: string) => client.ask(versionViewSchema, { path: `${own}/versions/${part(id)}` }),
    operations: (of: string, id: string) =>
      client.askMaybe(specOperationsSchema, { path: `${version(of, id)}/spec/operations` }),
    documents: (of: string) =>
      client.ask(documentTreeListSchema, {
        path: `${product(of)}/documents`,
        query: all,
        accept: 'application/vnd.konnect.document-tree+json',
      }),
    document: (of: string, id: string) =>
      client.ask(documentSchema, { path: `${product(of)}/documents/${part(id)}` }),
    /** The developer's applications that have not asked for the version yet. */
    applicationsWithout: (of: string, id: string) =>
      client.ask(versionApplicationListSchema, {
        path: `${version(of, id)}/applications`,
        query: { ...all, unregistered: 'true' },
      }),

    // applications, connections, keys
    applications: () => client.ask(applicationListSchema, { path: `${own}/applications` }),
    application: (id: string) =>
      client.ask(applicationViewSchema, { path: `${own}/applications/${part(id)}` }),
    strategies: () =>
      client.ask(authStrategyListSchema, { path: `${v2}/applications/auth-strategies`, query: all }),
    createApplication: (body: CreateApplication) =>
      client.ask(applicationV2Schema, { method: 'POST', path: `${v2}/applications`, body }),
    updateApplication: (id: string, body: UpdateApplication) =>
      client.tell({ method: 'PATCH', path: application(id), body }),
    deleteApplication: (id: string) => client.tell({ method: 'DELETE', path: application(id) }),
    requestAccess: (id: string, versionId: string) =>
      client.ask(registrationV2Schema, {
        method: 'POST',
        path: `${application(id)}/registrations`,
        body: { product_version_id: versionId },
      }),
    deleteRegistration: (id: string, registration: string) =>
      client.tell({ method: 'DELETE', path: `${application(id)}/registrations/${part(registration)}` }),
    generateKey: (id: string, name: string) =>
      client.ask(credentialCreationSchema, {
        method: 'POST',
        path: `${application(id)}/credentials`,
        body: name === '' ? {} : { display_name: name },
      }),
    deleteKey: (id: string, key: string) =>
      client.tell({ method: 'DELETE', path: `${application(id)}/credentials/${part(key)}` }),
  };
}

export type NewCredential = z.infer<typeof credentialCreationSchema>;
export type PortalApi = ReturnType<typeof createPortalApi>;

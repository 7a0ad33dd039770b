/** Published rows by kind and id: what a replica holds, and what the model says. */
import { entities, entityKinds, type EntityKind, type Row } from '../../domain/entities.ts';

export type Rows = { readonly [K in EntityKind]: Map<string, Row<K>> };

export function emptyRows(): Rows {
  return {
    portal: new Map(),
    product: new Map(),
    version: new Map(),
    strategy: new Map(),
    publication: new Map(),
    gateway: new Map(),
    service: new Map(),
    link: new Map(),
    admin: new Map(),
    developer: new Map(),
    application: new Map(),
    registration: new Map(),
    credential: new Map(),
  };
}

function keep<R extends { readonly id: string }>(of: Map<string, R>, row: R): void {
  of.set(row.id, row);
}

const putters: { readonly [K in EntityKind]: (rows: Rows, value: unknown) => void } = {
  portal: (rows, value) => keep(rows.portal, entities.portal.schema.parse(value)),
  product: (rows, value) => keep(rows.product, entities.product.schema.parse(value)),
  version: (rows, value) => keep(rows.version, entities.version.schema.parse(value)),
  strategy: (rows, value) => keep(rows.strategy, entities.strategy.schema.parse(value)),
  publication: (rows, value) => keep(rows.publication, entities.publication.schema.parse(value)),
  gateway: (rows, value) => keep(rows.gateway, entities.gateway.schema.parse(value)),
  service: (rows, value) => keep(rows.service, entities.service.schema.parse(value)),
  link: (rows, value) => keep(rows.link, entities.link.schema.parse(value)),
  admin: (rows, value) => keep(rows.admin, entities.admin.schema.parse(value)),
  developer: (rows, value) => keep(rows.developer, entities.developer.schema.parse(value)),
  application: (rows, value) => keep(rows.application, entities.application.schema.parse(value)),
  registration: (rows, value) => keep(rows.registration, entities.registration.schema.parse(value)),
  credential: (rows, value) => keep(rows.credential, entities.credential.schema.parse(value)),
};

/** Parses and keeps a row of a kind; throws where it is none. */
export function putRow(rows: Rows, kind: EntityKind, value: unknown): void {
  putters[kind](rows, value);
}

export function countRows(rows: Rows): number {
  return entityKinds.reduce((sum, kind) => sum + rows[kind].size, 0);
}

/** The same rows in another set; rows are never changed, so they are shared. */
export function copyRowsOf(from: Rows, to: Rows): void {
  for (const kind of entityKinds) copyKind(kind, from, to);
}

function copyKind<K extends EntityKind>(kind: K, from: Rows, to: Rows): void {
  const target: Map<string, Row<K>> = to[kind];
  for (const [id, row] of from[kind]) target.set(id, row);
}

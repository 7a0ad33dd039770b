/** What a product owner may see, looked up the plain way among the rows of a schedule. */
import { entityKinds, type EntityKind } from '../../domain/entities.ts';
import { keyOf, visibleRows, type Tables } from '../rights/model.ts';
import { emptyRows, putRow, type Rows } from './rows.ts';

export function tablesOf(rows: Rows): Tables {
  return {
    portal: [...rows.portal.values()],
    product: [...rows.product.values()],
    version: [...rows.version.values()],
    strategy: [...rows.strategy.values()],
    publication: [...rows.publication.values()],
    gateway: [...rows.gateway.values()],
    service: [...rows.service.values()],
    link: [...rows.link.values()],
    admin: [...rows.admin.values()],
    developer: [...rows.developer.values()],
    application: [...rows.application.values()],
    registration: [...rows.registration.values()],
    credential: [...rows.credential.values()],
  };
}

/** The rows that belong to these products. */
export function ownRows(rows: Rows, productIds: readonly string[]): Rows {
  const own = emptyRows();
  const seen = visibleRows(tablesOf(rows), productIds);
  const take = (kind: EntityKind): void => {
    for (const [id, row] of rows[kind]) if (seen.has(keyOf(kind, id))) putRow(own, kind, row);
  };
  for (const kind of entityKinds) take(kind);
  return own;
}

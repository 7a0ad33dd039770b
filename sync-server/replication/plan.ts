/**
 * Which rows go into which chunk: small entities first, then all that a queue of pending requests needs to be shown, then
 * the rest; each by id, in ranges that are found without reading whole rows.
 */
import type { ClientBase } from 'pg';
import { z } from 'zod';
import { columnNames, entities, type EntityKind } from '../../domain/entities.ts';
import { isMemberKind } from '../scopes/members.ts';
import type { Scope } from '../scopes/scope.ts';

/** One chunk to be: what to copy. */
export interface Part {
  readonly entity: EntityKind;
  readonly columns: readonly string[];
  /** A `COPY … TO STDOUT` statement. */
  readonly copy: string;
}

export const maxChunkRows = 20_000;

/** A request is shown with its application and developer, so these come first too. */
const waiting = {
  developer: `(state = 'pending' or id in (select developer_id from applications where state = 'pending')
    or id in (select developer_id from registrations where state = 'pending'))`,
  application: `(state = 'pending' or id in (select application_id from registrations where state = 'pending'))`,
  registration: `state = 'pending'`,
} as const;

const small: readonly EntityKind[] = [
  'portal',
  'product',
  'version',
  'strategy',
  'publication',
  'gateway',
  'service',
  'link',
  'admin',
];
const requests = ['developer', 'application', 'registration'] as const;

/** Rows of one kind, by a condition in SQL. */
export interface Selection {
  readonly entity: EntityKind;
  readonly where: string;
}

const all: readonly Selection[] = [
  ...small.map((entity) => ({ entity, where: 'true' })),
  ...requests.map((entity) => ({ entity, where: waiting[entity] })),
  ...requests.map((entity) => ({ entity, where: `not ${waiting[entity]}` })),
  { entity: 'credential', where: 'true' },
];

/** What a product owner may see of it. COPY takes no parameters: ids are checked before they are written into it. */
export function selectionsOf({ limit }: Scope): readonly Selection[] {
  if (!limit) return all;
  const products = z.array(z.uuid()).parse(limit.productIds);
  const listed = products.map((id) => `'${id}'`).join(', ');
  return all.flatMap(({ entity, where }) =>
    isMemberKind(entity)
      ? [
          {
            entity,
            where: `${where} and id in (select entity_id from product_members
              where entity = '${entity}' and product_id = any(array[${listed}]::uuid[]))`,
          },
        ]
      : [],
  );
}

const boundarySchema = z.array(z.object({ id: z.uuid() }));

/** The chunks of the snapshot that the client's transaction sees. Selections without rows have none. */
export async function planParts(client: ClientBase, scope: Scope, chunkRows = maxChunkRows): Promise<Part[]> {
  const parts: Part[] = [];
  for (const selection of selectionsOf(scope)) parts.push(...(await partsOf(client, selection, chunkRows)));
  return parts;
}

async function partsOf(client: ClientBase, { entity, where }: Selection, chunkRows: number): Promise<Part[]> {
  const { table } = entities[entity];
  const columns = columnNames(entity);
  const { rows } = await client.query<{ id: unknown }>(
    `select id from (select id, row_number() over (order by id) as place, count(*) over () as total
       from ${table} where ${where}) as numbered
     where place % ${chunkRows} = 0 or place = total order by id`,
  );
  const ends = boundarySchema.parse(rows).map(({ id }) => id);
  return ends.map((end, index) => {
    const start = ends[index - 1];
    const range = `${start === undefined ? '' : `id > '${start}' and `}id <= '${end}'`;
    const select = `select ${columns.join(', ')} from ${table} where ${range} and ${where} order by id`;
    return { entity, columns, copy: `copy (${select}) to stdout (format binary)` };
  });
}

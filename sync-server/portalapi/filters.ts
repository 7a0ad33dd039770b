/**
 * Filters of the Portal API v2: `filter[name]=x` and `filter[name][eq]=x` compare, `filter[name][contains]=x` searches.
 * Each list allows its own; anything else is refused by the strict schema.
 */
import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';
import { textSchema } from '../../domain/text.ts';

const value = textSchema.max(255).optional();

type Equality<N extends string> = { readonly [K in `filter[${N}]` | `filter[${N}][eq]`]: typeof value };
type Containment<N extends string> = { readonly [K in `filter[${N}][contains]`]: typeof value };

/** The parameters of a field that can be compared. */
export function equality<const N extends string>(name: N): Equality<N> {
  const shape: Record<string, typeof value> = { [`filter[${name}]`]: value, [`filter[${name}][eq]`]: value };
  return shape as Equality<N>;
}

/** The parameter of a field that can be searched. */
export function containment<const N extends string>(name: N): Containment<N> {
  const shape: Record<string, typeof value> = { [`filter[${name}][contains]`]: value };
  return shape as Containment<N>;
}

/** `filter[status]` takes registration statuses only. */
export const statusFilter = {
  'filter[status]': z.enum(['approved', 'pending', 'rejected', 'revoked']).optional(),
  'filter[status][eq]': z.enum(['approved', 'pending', 'rejected', 'revoked']).optional(),
} as const;

export type Query = Readonly<Record<string, unknown>>;

/** The SQL condition for one filtered field: true where the query does not mention it. */
export function matches(query: Query, name: string, column: RawBuilder<unknown>): RawBuilder<boolean> {
  const conditions = [
    ...[query[`filter[${name}]`], query[`filter[${name}][eq]`]]
      .filter((wanted) => typeof wanted === 'string')
      .map((wanted) => sql<boolean>`${column}::text = ${wanted}`),
    ...[query[`filter[${name}][contains]`]]
      .filter((wanted) => typeof wanted === 'string')
      .map((wanted) => contains(column, wanted)),
  ];
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** Case-insensitive search for a text; its `%`, `_` and `\` mean themselves. */
export function contains(column: RawBuilder<unknown>, wanted: string): RawBuilder<boolean> {
  const pattern = `%${wanted.replace(/[\\%_]/g, (special) => `\\${special}`)}%`;
  return sql<boolean>`${column}::text ilike ${pattern}`;
}

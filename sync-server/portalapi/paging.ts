/** Pages of the Portal API v2: `page[size]` and `page[number]`, answered with `meta.page`. */
import { z } from 'zod';

const defaultSize = 10;
const largestSize = 1_000;

/** An empty value counts as absent (`allowEmptyValue` in the published specification). */
function whole(fallback: number, largest: number) {
  return z
    .union([
      z.literal('').transform(() => fallback),
      z
        .string()
        .regex(/^\d{1,7}$/, 'is not a whole number')
        .transform(Number),
    ])
    .pipe(z.int().min(1).max(largest))
    .default(fallback);
}

/** The query parameters of every list. */
export const pagingShape = {
  'page[size]': whole(defaultSize, largestSize),
  'page[number]': whole(1, 1_000_000),
} as const;

/** Parsed query of a list. */
export interface Paging {
  readonly 'page[size]': number;
  readonly 'page[number]': number;
}

export function limitOf(paging: Paging): { readonly limit: number; readonly offset: number } {
  const size = paging['page[size]'];
  return { limit: size, offset: (paging['page[number]'] - 1) * size };
}

export interface Page<T> {
  readonly meta: {
    readonly page: { readonly number: number; readonly size: number; readonly total: number };
  };
  readonly data: readonly T[];
}

export function pageOf<T>(paging: Paging, total: number, data: readonly T[]): Page<T> {
  return { meta: { page: { number: paging['page[number]'], size: paging['page[size]'], total } }, data };
}

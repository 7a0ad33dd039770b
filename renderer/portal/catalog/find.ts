import type { z } from 'zod';
import type { productSchema } from '../../../domain/wire/portal-v2.ts';
import { good, type Answer } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';

export interface Found {
  readonly products: readonly z.infer<typeof productSchema>[];
  readonly total: number;
}

/** One page of the catalog: all of it, or what matches the words. */
export async function findProducts(
  api: Pick<PortalApi, 'products' | 'search'>,
  words: string,
  page: number,
): Promise<Answer<Found>> {
  const wanted = words.trim();
  if (wanted === '') {
    const answer = await api.products(page);
    return answer.ok ? good({ products: answer.value.data, total: answer.value.meta.page.total }) : answer;
  }
  const answer = await api.search(wanted, page);
  return answer.ok
    ? good({ products: answer.value.data.map(({ source }) => source), total: answer.value.meta.page.total })
    : answer;
}

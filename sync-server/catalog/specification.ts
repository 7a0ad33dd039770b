/** A version's OpenAPI document, and the operations that it lists. */
import { z } from 'zod';
import type { SpecOperation } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';

/** The document, or null where the version has none. */
export async function specificationOf(db: Db, versionId: string): Promise<unknown> {
  const row = await db
    .selectFrom('versionSpecifications')
    .select('content')
    .where('versionId', '=', versionId)
    .executeTakeFirst();
  return row?.content ?? null;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** Authors' documents are read leniently: what is not as OpenAPI says is passed over, not an error of the reader. */
const operationSchema = z.object({
  operationId: z.string().nullable().catch(null),
  summary: z.string().nullable().catch(null),
  tags: z.array(z.string()).catch([]),
  deprecated: z.boolean().catch(false),
});
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Every operation, in the document's order of paths. */
export function operationsOf(document: unknown): SpecOperation[] {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = operationSchema.safeParse(item[method]);
      if (!operation.success) return [];
      const { operationId, summary, tags, deprecated } = operation.data;
      return [{ path, method, operation_id: operationId, tags, summary, deprecated }];
    }),
  );
}

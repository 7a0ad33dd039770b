/** Where gateways offer versions: the paths of the services that they are linked to, in the portal's region (rule 38). */
import type { Db } from '../db/schema.ts';

/** Version id → paths, sorted; a version without a linked service is not in it. */
export async function pathsOf(
  db: Db,
  region: string,
  versionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (versionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('links')
    .innerJoin('services', 'services.id', 'links.serviceId')
    .innerJoin('gateways', 'gateways.id', 'services.gatewayId')
    .select(['links.versionId', 'services.path'])
    .distinct()
    .where('links.versionId', 'in', versionIds)
    .where('gateways.region', '=', region)
    .orderBy('services.path')
    .execute();
  return new Map(
    [...Map.groupBy(rows, ({ versionId }) => versionId)].map(([versionId, own]) => [
      versionId,
      own.map(({ path }) => path),
    ]),
  );
}

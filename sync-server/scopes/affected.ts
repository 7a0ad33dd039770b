/**
 * Which rows a commit may have brought into a product's reach or out of it: the changed ones and those that they name, each
 * with the first seq that touched it. Cost follows the change: a registration names an application and a developer.
 */
import { sql, type Transaction } from 'kysely';
import type { RowChange } from '../changelog/commit.ts';
import type { Database, MemberKind } from '../db/schema.ts';
import { catalogKinds, isMemberKind } from './members.ts';

export interface Candidate {
  readonly entity: MemberKind;
  readonly entityId: string;
  /** Where in the log its coming or going is told. */
  readonly seq: number;
}

export interface Candidates {
  add(entity: MemberKind, entityId: string, seq: number): void;
  all(): readonly Candidate[];
}

export function gatherCandidates(): Candidates {
  const found = new Map<string, Candidate>();
  return {
    add(entity, entityId, seq) {
      const key = `${entity} ${entityId}`;
      if (!found.has(key)) found.set(key, { entity, entityId, seq });
    },
    all: () => [...found.values()],
  };
}

/** The changed rows and those that they name now. */
export function addNamed(candidates: Candidates, rows: readonly RowChange[]): void {
  for (const { kind, row, seq } of rows) {
    if (isMemberKind(kind)) candidates.add(kind, row.id, seq);
    if ('applicationId' in row && 'versionId' in row) {
      candidates.add('application', row.applicationId, seq);
      candidates.add('developer', row.developerId, seq);
    } else if ('visibility' in row) {
      candidates.add('portal', row.portalId, seq);
      if (row.strategyId !== null) candidates.add('strategy', row.strategyId, seq);
    } else if ('serviceId' in row) candidates.add('service', row.serviceId, seq);
  }
}

const catalogChanges: readonly string[] = ['version', 'publication', 'link', 'service'];

/** Where the catalog changed: what it had named before, and the gateways of services. A handful, and seldom. */
export async function addCatalog(
  db: Transaction<Database>,
  candidates: Candidates,
  rows: readonly RowChange[],
): Promise<void> {
  const cause = rows.find(({ kind }) => catalogChanges.includes(kind));
  if (!cause) return;
  const members = await db
    .selectFrom('productMembers')
    .select(['entity', 'entityId'])
    .distinct()
    .where('entity', 'in', catalogKinds)
    .execute();
  for (const { entity, entityId } of members) candidates.add(entity, entityId, cause.seq);
  const services = candidates.all().flatMap((one) => (one.entity === 'service' ? [one.entityId] : []));
  const gateways = await db
    .selectFrom('services')
    .select('gatewayId')
    .distinct()
    .where('id', '=', sql<string>`any(${services}::uuid[])`)
    .execute();
  for (const { gatewayId } of gateways) candidates.add('gateway', gatewayId, cause.seq);
}

/** Whether more registrations than so many hang on these versions. */
export async function hasMoreRequests(
  db: Transaction<Database>,
  versions: readonly string[],
  than: number,
): Promise<boolean> {
  const beyond = await db
    .selectFrom('registrations')
    .select('id')
    .where('versionId', '=', sql<string>`any(${[...versions]}::uuid[])`)
    .offset(than)
    .limit(1)
    .executeTakeFirst();
  return beyond !== undefined;
}

/** Where versions came into reach or went: all that hangs on them. */
export async function addDependants(
  db: Transaction<Database>,
  candidates: Candidates,
  versions: readonly { readonly id: string; readonly seq: number }[],
): Promise<void> {
  if (versions.length === 0) return;
  const seqs = new Map(versions.map(({ id, seq }) => [id, seq]));
  const seqOf = (id: string): number => seqs.get(id) ?? 0;
  const hanging = sql<string>`any(${[...seqs.keys()]}::uuid[])`;
  const publications = await db
    .selectFrom('publications')
    .select(['id', 'portalId', 'strategyId', 'versionId'])
    .where('versionId', '=', hanging)
    .execute();
  for (const { id, portalId, strategyId, versionId } of publications) {
    candidates.add('publication', id, seqOf(versionId));
    candidates.add('portal', portalId, seqOf(versionId));
    if (strategyId !== null) candidates.add('strategy', strategyId, seqOf(versionId));
  }
  const links = await db
    .selectFrom('links')
    .innerJoin('services', 'services.id', 'links.serviceId')
    .select(['links.id', 'serviceId', 'gatewayId', 'versionId'])
    .where('versionId', '=', hanging)
    .execute();
  for (const { id, serviceId, gatewayId, versionId } of links) {
    candidates.add('link', id, seqOf(versionId));
    candidates.add('service', serviceId, seqOf(versionId));
    candidates.add('gateway', gatewayId, seqOf(versionId));
  }
  const registrations = await db
    .selectFrom('registrations')
    .select(['id', 'applicationId', 'developerId', 'versionId'])
    .where('versionId', '=', hanging)
    .execute();
  for (const { id, applicationId, developerId, versionId } of registrations) {
    candidates.add('registration', id, seqOf(versionId));
    candidates.add('application', applicationId, seqOf(versionId));
    candidates.add('developer', developerId, seqOf(versionId));
  }
}

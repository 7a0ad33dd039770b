/**
 * Which applications and services a commit may have opened or closed at the gateways. Cost follows the change: a decision
 * on one registration touches one application, whatever the size of the portal.
 */
import type { Transaction } from 'kysely';
import type { RowChange } from '../changelog/commit.ts';
import type { Database } from '../db/schema.ts';

export interface Affected {
  readonly applications: readonly string[];
  readonly services: readonly string[];
}

/** Ids by the kind of thing that changed, before they are traced to applications and services. */
function sorted(rows: readonly RowChange[]) {
  const found = {
    applications: new Set<string>(),
    developers: new Set<string>(),
    publications: new Set<string>(),
    versions: new Set<string>(),
    services: new Set<string>(),
  };
  for (const { kind, row } of rows) {
    if (kind === 'developer') found.developers.add(row.id);
    else if (kind === 'application') found.applications.add(row.id);
    else if ('applicationId' in row) found.applications.add(row.applicationId);
    else if (kind === 'publication') found.publications.add(row.id);
    else if (kind === 'service') found.services.add(row.id);
    else if ('serviceId' in row) {
      found.services.add(row.serviceId);
      found.versions.add(row.versionId);
    }
  }
  return found;
}

export async function affectedBy(db: Transaction<Database>, rows: readonly RowChange[]): Promise<Affected> {
  const { applications, developers, publications, versions, services } = sorted(rows);
  if (developers.size > 0) {
    const owned = await db
      .selectFrom('applications')
      .select('id')
      .where('developerId', 'in', [...developers])
      .execute();
    for (const { id } of owned) applications.add(id);
  }
  if (publications.size + versions.size > 0) {
    const connected = await db
      .selectFrom('registrations')
      .select('applicationId')
      .distinct()
      .where((where) =>
        where.or([
          where('publicationId', 'in', publications.size > 0 ? [...publications] : [null]),
          where('versionId', 'in', versions.size > 0 ? [...versions] : [null]),
        ]),
      )
      .execute();
    for (const { applicationId } of connected) applications.add(applicationId);
  }
  if (services.size > 0) {
    const connected = await db
      .selectFrom('gatewayConnections')
      .select('applicationId')
      .distinct()
      .where('serviceId', 'in', [...services])
      .execute();
    for (const { applicationId } of connected) applications.add(applicationId);
  }
  return { applications: [...applications], services: [...services] };
}

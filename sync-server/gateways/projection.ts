/**
 * Keeps what gateways hold in step with the rows, inside the commit that changes them: what it opens or closes becomes
 * lines of the gateways' own log in the same transaction, so no gateway ever enforces what the change log does not say.
 */
import { sql, type Transaction } from 'kysely';
import { canonicalJson } from '../../domain/canonical.ts';
import type { GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';
import type { Projection } from '../changelog/commit.ts';
import type { Database } from '../db/schema.ts';
import { affectedBy } from './affected.ts';
import {
  desiredConnections,
  desiredCredentials,
  desiredServices,
  type DesiredConnection,
  type DesiredCredential,
} from './desired.ts';

/** A line and who may see it: a region's gateways, or one gateway. */
interface Addressed {
  readonly region: string | null;
  readonly gatewayId: string | null;
  readonly line: GatewayLine;
}

/** Lines in one statement, well below PostgreSQL's limit on parameters. */
const perStatement = 5_000;

export const projectGateways: Projection = async (change, rows, firstSeq) => {
  const { applications, services } = await affectedBy(change.db, rows);
  const lines: Addressed[] = [];
  if (services.length > 0) lines.push(...(await updateServices(change.db, services)));
  if (applications.length > 0) {
    lines.push(...(await updateCredentials(change.db, applications)));
    lines.push(...(await updateConnections(change.db, applications)));
  }
  const records = lines.map(({ region, gatewayId, line }, number) => ({
    seq: firstSeq,
    number,
    region,
    gatewayId,
    line: canonicalJson(line),
  }));
  for (let from = 0; from < records.length; from += perStatement) {
    const slice = records.slice(from, from + perStatement);
    await change.db.insertInto('gatewayChanges').values(slice).execute();
  }
};

async function updateServices(db: Transaction<Database>, ids: readonly string[]): Promise<Addressed[]> {
  const held = await db
    .selectFrom('gatewayServices')
    .selectAll()
    .where('serviceId', 'in', [...ids])
    .execute();
  const wanted = await desiredServices(db, ids);
  const lines: Addressed[] = [];
  for (const { serviceId, gatewayId, record } of held) {
    const next = wanted.find((service) => service.record.id === serviceId);
    if (next?.gatewayId === gatewayId && canonicalJson(next.record) === record) continue;
    await db.deleteFrom('gatewayServices').where('serviceId', '=', serviceId).execute();
    if (next?.gatewayId !== gatewayId) {
      const gone = {
        k: 'service',
        id: serviceId,
        name: '',
        path: '',
        upstream: null,
        mode: 'enforced',
        maxStaleness: null,
      } as const;
      lines.push({ region: null, gatewayId, line: { op: 'drop', record: gone } });
    }
  }
  for (const { gatewayId, record } of wanted) {
    const text = canonicalJson(record);
    if (held.some((row) => row.serviceId === record.id && row.gatewayId === gatewayId && row.record === text))
      continue;
    await db
      .insertInto('gatewayServices')
      .values({ serviceId: record.id, gatewayId, record: text })
      .execute();
    lines.push({ region: null, gatewayId, line: { op: 'put', record } });
  }
  return lines;
}

function credentialRecord({ hash, applicationId, notAfter }: DesiredCredential): GatewayRecord {
  return { k: 'credential', hash, application: applicationId, notAfter };
}

async function updateCredentials(
  db: Transaction<Database>,
  applications: readonly string[],
): Promise<Addressed[]> {
  const held = await db
    .selectFrom('gatewayCredentials')
    .selectAll()
    .where('applicationId', 'in', [...applications])
    .execute();
  const wanted = await desiredCredentials(db, applications);
  const { gone, added } = difference(held, wanted, canonicalJson);
  if (gone.length > 0) {
    const ids = gone.map((credential) => credential.credentialId);
    await db.deleteFrom('gatewayCredentials').where('credentialId', 'in', ids).execute();
  }
  if (added.length > 0)
    await db
      .insertInto('gatewayCredentials')
      .values([...added])
      .execute();
  const replaced = new Set(added.map((credential) => credential.hash));
  return [
    ...gone
      .filter((credential) => !replaced.has(credential.hash))
      .map((credential) => addressedCredential('drop', credential)),
    ...added.map((credential) => addressedCredential('put', credential)),
  ];
}

function addressedCredential(op: GatewayLine['op'], credential: DesiredCredential): Addressed {
  return { region: credential.region, gatewayId: null, line: { op, record: credentialRecord(credential) } };
}

async function updateConnections(
  db: Transaction<Database>,
  applications: readonly string[],
): Promise<Addressed[]> {
  const held = await db
    .selectFrom('gatewayConnections')
    .selectAll()
    .where('applicationId', 'in', [...applications])
    .execute();
  const wanted = await desiredConnections(db, applications);
  const { gone, added } = difference(
    held,
    wanted,
    ({ applicationId, serviceId }) => `${applicationId} ${serviceId}`,
  );
  if (gone.length > 0) {
    const applicationIds = gone.map((pair) => pair.applicationId);
    const serviceIds = gone.map((pair) => pair.serviceId);
    await sql`
      delete from gateway_connections
      where (application_id, service_id) in (select * from unnest(${applicationIds}::uuid[], ${serviceIds}::uuid[]))
    `.execute(db);
  }
  if (added.length > 0)
    await db
      .insertInto('gatewayConnections')
      .values([...added])
      .execute();
  return [
    ...gone.map((connection) => addressedConnection('drop', connection)),
    ...added.map((connection) => addressedConnection('put', connection)),
  ];
}

function addressedConnection(op: GatewayLine['op'], connection: DesiredConnection): Addressed {
  const { applicationId: application, serviceId: service, gatewayId } = connection;
  return { region: null, gatewayId, line: { op, record: { k: 'connection', application, service } } };
}

function difference<T>(held: readonly T[], wanted: readonly T[], key: (item: T) => string) {
  const before = new Set(held.map(key));
  const after = new Set(wanted.map(key));
  return {
    gone: held.filter((item) => !after.has(key(item))),
    added: wanted.filter((item) => !before.has(key(item))),
  };
}

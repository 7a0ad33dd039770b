/** What gateways read: their records at a cursor, and the lines behind one. */
import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { canonicalJson } from '../../domain/canonical.ts';
import type { Cursor } from '../../domain/cursor.ts';
import type { Row } from '../../domain/entities.ts';
import type { GatewayLine } from '../../domain/wire/gateway.ts';
import type { Database, Db } from '../db/schema.ts';

/** The most lines in one answer; what is cut is asked for next. */
const maxLines = 10_000;

/** What this token may see, as a digest: its region and its gateway. */
export function scopeOf({ id, region }: Row<'gateway'>): string {
  return createHash('sha256').update(`${region}\n${id}`).digest('hex').slice(0, 16);
}

export interface Read {
  readonly head: Cursor;
  /** NDJSON lines, canonical. */
  readonly lines: readonly string[];
}

/** Everything the gateway should hold, as puts, at one cursor. */
export async function readSnapshot(db: Db, gateway: Row<'gateway'>): Promise<Read> {
  return atOneMoment(db, async (trx) => {
    const head = await readHead(trx);
    const services = await trx
      .selectFrom('gatewayServices')
      .select('record')
      .where('gatewayId', '=', gateway.id)
      .execute();
    const credentials = await trx
      .selectFrom('gatewayCredentials')
      .selectAll()
      .where('region', '=', gateway.region)
      .execute();
    const connections = await trx
      .selectFrom('gatewayConnections')
      .selectAll()
      .where('gatewayId', '=', gateway.id)
      .execute();
    const lines = [
      // A service's record is stored as canonical JSON, and `op` sorts before `record`.
      ...services.map(({ record }) => `{"op":"put","record":${record}}`),
      ...credentials.map(({ hash, applicationId, notAfter }) =>
        put({ k: 'credential', hash, application: applicationId, notAfter }),
      ),
      ...connections.map(({ applicationId, serviceId }) =>
        put({ k: 'connection', application: applicationId, service: serviceId }),
      ),
    ];
    return { head, lines };
  });
}

function put(record: GatewayLine['record']): string {
  return canonicalJson({ op: 'put', record } satisfies GatewayLine);
}

/** The lines behind `after`, whole commits only; `head` is where they lead. */
export async function readChanges(db: Db, gateway: Row<'gateway'>, after: number): Promise<Read> {
  return atOneMoment(db, async (trx) => {
    const head = await readHead(trx);
    const found = await trx
      .selectFrom('gatewayChanges')
      .select(['seq', 'line'])
      .where('seq', '>', after)
      .where((where) => where.or([where('region', '=', gateway.region), where('gatewayId', '=', gateway.id)]))
      .orderBy('seq')
      .orderBy('number')
      .limit(maxLines + 1)
      .execute();
    if (found.length <= maxLines) return { head, lines: found.map(({ line }) => line) };
    const last = found.at(-1)?.seq ?? 0;
    const whole = found.filter(({ seq }) => seq < last);
    // One commit larger than an answer is sent as a whole all the same: a reader never stops inside a commit.
    const kept = whole.length > 0 ? whole : await readCommit(trx, gateway, last);
    const to = whole.at(-1)?.seq ?? last;
    return { head: { ...head, seq: to }, lines: kept.map(({ line }) => line) };
  });
}

function readCommit(trx: Transaction<Database>, gateway: Row<'gateway'>, seq: number) {
  return trx
    .selectFrom('gatewayChanges')
    .select(['seq', 'line'])
    .where('seq', '=', seq)
    .where((where) => where.or([where('region', '=', gateway.region), where('gatewayId', '=', gateway.id)]))
    .orderBy('number')
    .execute();
}

export async function readHead(db: Db): Promise<Cursor> {
  return db.selectFrom('logHead').select(['epoch', 'seq']).executeTakeFirstOrThrow();
}

async function atOneMoment<T>(db: Db, read: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      await sql`set transaction read only`.execute(trx);
      return read(trx);
    });
}

export async function storeAck(
  db: Db,
  ack: { readonly gatewayId: string; readonly cursor: Cursor; readonly digest: string; readonly at: string },
): Promise<void> {
  const { gatewayId, cursor, digest, at } = ack;
  await db
    .insertInto('gatewayAcks')
    .values({ gatewayId, ...cursor, digest, at })
    .onConflict((conflict) => conflict.column('gatewayId').doUpdateSet({ ...cursor, digest, at }))
    .execute();
}

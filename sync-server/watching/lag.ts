/** How far devices and gateways are behind the change log, by what they themselves said last. */
import type { Cursor } from '../../domain/cursor.ts';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';

export interface Lag {
  readonly id: string;
  /** Entries of the log; all of them where the cursor is of another epoch. */
  readonly changes: number;
  /** Since it said so. */
  readonly seconds: number;
}

/** So many series at most: those that were heard of last. */
const mostShown = 200;
/** Who has not been heard of for longer is not looked at any more. */
const forgottenAfter = 30 * 24 * 60 * 60 * 1000;

type LagDeps = Pick<Deps, 'db' | 'clock'>;

export async function readLogHead(db: Db): Promise<Cursor> {
  return db.selectFrom('logHead').select(['epoch', 'seq']).executeTakeFirstOrThrow();
}

export async function deviceLags({ db, clock }: LagDeps, head: Cursor): Promise<Lag[]> {
  const said = await db
    .selectFrom('deviceCursors')
    .innerJoin('devices', 'devices.id', 'deviceCursors.deviceId')
    .select(['deviceCursors.deviceId as id', 'deviceCursors.epoch', 'deviceCursors.seq', 'deviceCursors.at'])
    .where('devices.revokedAt', 'is', null)
    .where('deviceCursors.at', '>', new Date(clock() - forgottenAfter).toISOString())
    .orderBy('deviceCursors.at', 'desc')
    .limit(mostShown)
    .execute();
  return said.map((one) => lagOf(one, head, clock()));
}

export async function gatewayLags({ db, clock }: LagDeps, head: Cursor): Promise<Lag[]> {
  const said = await db
    .selectFrom('gatewayAcks')
    .select(['gatewayId as id', 'epoch', 'seq', 'at'])
    .orderBy('at', 'desc')
    .limit(mostShown)
    .execute();
  return said.map((one) => lagOf(one, head, clock()));
}

function lagOf(said: Cursor & { readonly id: string; readonly at: string }, head: Cursor, now: number): Lag {
  const reached = said.epoch === head.epoch ? said.seq : 0;
  return {
    id: said.id,
    changes: Math.max(0, head.seq - reached),
    seconds: Math.max(0, (now - Date.parse(said.at)) / 1000),
  };
}

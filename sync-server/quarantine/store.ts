/**
 * What was refused on sync sockets is kept for the operator: who sent it, why it was refused, its size, digest and first
 * bytes. A hostile client cannot fill the disk with it: entries are small, repeats only count, and there is a bound to a
 * device's entries, to all entries and to their age.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { storable } from '../../domain/text.ts';
import type { QuarantineResponse } from '../../domain/wire/quarantine.ts';
import { isoTime } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';

export const headBytes = 256;
export const keptOfDevice = 20;
export const keptInAll = 1_000;
const keptMilliseconds = 30 * 24 * 60 * 60 * 1000;
/** Writes that wait at a time; where there are more, the refusal itself is what matters. */
const maxWriting = 50;

export interface Refused {
  readonly device: string;
  readonly adminId: string;
  readonly code: ErrorCode;
  /** What was read of it. */
  readonly frame: Uint8Array;
  /** Of one that was not read: the bytes that it has at least. */
  readonly atLeast?: number;
  readonly document: string | null;
}

export interface Quarantine {
  /** Never throws; what cannot be kept is let go. */
  keep(refused: Refused): void;
  /** Settles once all that was given has been written. */
  settled(): Promise<void>;
}

export interface QuarantineDeps {
  readonly db: Db;
  readonly clock: () => number;
  readonly log: Logger;
}

export function createQuarantine({ db, clock, log }: QuarantineDeps): Quarantine {
  const writing = new Set<Promise<void>>();

  async function write({
    device,
    adminId,
    code,
    frame,
    atLeast = frame.length,
    document,
  }: Refused): Promise<void> {
    const now = isoTime(clock());
    await db
      .insertInto('quarantine')
      .values({
        device,
        adminId,
        code,
        sha256: createHash('sha256').update(frame).digest(),
        bytes: atLeast,
        head: Buffer.from(frame.subarray(0, headBytes)),
        // A name that the database cannot hold is no way around being kept; the head has it as it came.
        document: document === null ? null : storable(document),
        times: 1,
        firstAt: now,
        lastAt: now,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['device', 'code', 'sha256'])
          .doUpdateSet({ times: sql<number>`quarantine.times + 1`, lastAt: now }),
      )
      .execute();
    await forget(device);
  }

  /** Lets the oldest go beyond what is kept of a device and in all. */
  async function forget(device: string): Promise<void> {
    await sql`
      delete from quarantine where (device, code, sha256) in (
        select device, code, sha256 from quarantine where device = ${device}
        order by last_at desc, sha256 offset ${keptOfDevice})`.execute(db);
    await sql`
      delete from quarantine where last_at < ${isoTime(clock() - keptMilliseconds)} or (device, code, sha256) in (
        select device, code, sha256 from quarantine order by last_at desc, sha256 offset ${keptInAll})`.execute(
      db,
    );
  }

  return {
    keep(refused) {
      const { device, adminId, code } = refused;
      log.warn(
        { device, admin: adminId, code, bytes: refused.atLeast ?? refused.frame.length },
        'refused a frame',
      );
      if (writing.size >= maxWriting) return;
      const written = write(refused)
        .catch((error: unknown) => {
          log.warn({ err: error }, 'a refused frame could not be kept');
        })
        .finally(() => writing.delete(written));
      writing.add(written);
    },
    async settled() {
      await Promise.all(writing);
    },
  };
}

/** All that is kept, newest first. */
export async function readQuarantine(db: Db): Promise<QuarantineResponse> {
  const kept = await db.selectFrom('quarantine').selectAll().orderBy('lastAt', 'desc').execute();
  const times = new Map<string, number>();
  for (const entry of kept) times.set(entry.device, (times.get(entry.device) ?? 0) + entry.times);
  return {
    entries: kept.map(({ adminId, sha256, head, ...entry }) => ({
      ...entry,
      admin: adminId,
      sha256: sha256.toString('hex'),
      head: head.toString('base64'),
    })),
    devices: [...times].map(([device, count]) => ({ device, times: count })),
  };
}

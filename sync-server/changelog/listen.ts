/** Hears the commits of all server processes on one database, over a connection of its own, and makes sure that it does. */
import pg from 'pg';
import { z } from 'zod';
import { DatabaseError } from '../db/embedded/errors.ts';
import { appliedMigrations, shapeChannel } from '../db/migrate.ts';
import type { Outgrown } from '../db/outgrown.ts';
import type { Db } from '../db/schema.ts';
import { inTime } from '../rounds/in-time.ts';
import { logChannel } from './commit.ts';
import { assertHears, trialChannel } from './hears.ts';
import { sessionsChannel } from './notices.ts';
import type { Wake } from './wake.ts';

export interface Listener {
  stop(): Promise<void>;
}

export interface ListenNeeds {
  readonly connection: pg.ClientConfig;
  readonly db: Db;
  readonly wake: Wake;
  readonly outgrown: Outgrown;
  readonly log: { warn(message: string): void; error(detail: object, message: string): void };
  /** Told once, where the database has become another history's: what this process remembers is of no use with it. */
  readonly replaced: (error: DatabaseError) => void;
}

const retryMilliseconds = 500;
const outgrownMessage =
  'a newer Gatehouse has brought the database up to date (migrations_differ): this server writes nothing any more; start it again with that release';
/** A line that is cut without a word is noticed within these two, and who was shut out meanwhile is looked for. */
const lookEvery = 1_000;
const answerWithin = 2_000;
const connectWithin = 5_000;

const headSchema = z.tuple([z.object({ epoch: z.coerce.number().int(), seq: z.coerce.number().int() })]);

/** The last seq of the log. */
export async function headSeq(db: Db): Promise<number> {
  const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
}

/**
 * Listens until stopped. A connection that is lost, or that has gone silent, is made anew; once it stands the head and the
 * shape are read and all sessions are looked at, so that nothing in between goes unheard. Throws `notices_unheard`.
 */
export async function listen({
  connection,
  db,
  wake,
  outgrown,
  log,
  replaced,
}: ListenNeeds): Promise<Listener> {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  let epoch: number | null = null;

  const heard = (seq: number): void => {
    if (Number.isSafeInteger(seq)) wake.notify(seq);
  };

  /** Reads the head over the connection that listens, which shows that there is still somebody at its other end. */
  async function look(at: pg.Client): Promise<void> {
    const { rows } = await inTime(
      answerWithin,
      'the database',
      at.query<{ epoch: unknown; seq: unknown }>('select epoch, seq from log_head'),
    );
    const [head] = headSchema.parse(rows);
    epoch ??= head.epoch;
    if (head.epoch === epoch) return heard(head.seq);
    stopped = true;
    replaced(
      new DatabaseError(
        'database_replaced',
        'A backup was restored into the database while this server was cut off from it; what it remembers is of another history.',
        'Start it again.',
      ),
    );
  }

  function seeShape(applied: readonly string[]): void {
    if (!outgrown.notice(applied)) return;
    log.error({ migration: outgrown.by() }, outgrownMessage);
    wake.sessions.notify(null);
  }

  async function open(): Promise<void> {
    const next = new pg.Client({ ...connection, connectionTimeoutMillis: connectWithin });
    next.on('notification', ({ channel, payload }) => {
      if (channel === shapeChannel) seeShape([payload ?? '']);
      if (channel === sessionsChannel) wake.sessions.notify(payload ?? null);
      if (channel === logChannel) heard(Number(payload));
    });
    // Followed by its end, which is acted on.
    next.on('error', () => undefined);
    try {
      await next.connect();
      const channels = `listen ${logChannel}; listen ${shapeChannel}; listen ${sessionsChannel}`;
      await inTime(answerWithin, 'the database', next.query(`listen ${trialChannel}`));
      await inTime(answerWithin, 'the database', next.query(channels));
      await assertHears(next, connection);
      seeShape(await appliedMigrations(db));
      await look(next);
    } catch (error) {
      void next.end().catch(() => undefined);
      throw error;
    }
    if (stopped) return void next.end().catch(() => undefined);
    client = next;
    wake.sessions.notify(null);
    watch(next);
  }

  /** Looks again and again, until the connection ends: by itself, or because it does not answer. */
  function watch(current: pg.Client): void {
    let timer = setTimeout(again, lookEvery);
    function again(): void {
      look(current).then(
        () => {
          if (client === current) timer = setTimeout(again, lookEvery);
        },
        // With a query under way it is torn down, not asked.
        () => void current.end().catch(() => undefined),
      );
    }
    current.once('end', () => {
      clearTimeout(timer);
      client = null;
      reconnect();
    });
  }

  function reconnect(): void {
    if (stopped || retry) return;
    log.warn('lost the connection that hears other processes’ commits; connecting again');
    retry = setTimeout(() => {
      retry = undefined;
      open().catch(reconnect);
    }, retryMilliseconds);
  }

  await open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}

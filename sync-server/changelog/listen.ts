/** Hears the commits of all server processes on one database, over a connection of its own. */
import pg from 'pg';
import { appliedMigrations, shapeChannel } from '../db/migrate.ts';
import type { Outgrown } from '../db/outgrown.ts';
import type { Db } from '../db/schema.ts';
import { logChannel } from './commit.ts';
import { sessionsChannel } from './notices.ts';
import type { Wake } from './wake.ts';

export interface Listener {
  stop(): Promise<void>;
}

/** Who is told of what is heard. */
interface Ears {
  readonly wake: Wake;
  readonly outgrown: Outgrown;
  readonly log: { warn(message: string): void; error(detail: object, message: string): void };
}

const retryMilliseconds = 500;
const outgrownMessage =
  'a newer Gatehouse has brought the database up to date (migrations_differ): this server writes nothing any more; start it again with that release';

/** The last seq of the log. */
export async function headSeq(db: Db): Promise<number> {
  const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
}

/**
 * Listens until stopped. A lost connection is made anew; once it stands the head and the shape are read and all sessions
 * are looked at, so that nothing in between goes unheard.
 */
export async function listen(
  connection: pg.ClientConfig,
  db: Db,
  { wake, outgrown, log }: Ears,
): Promise<Listener> {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function seeShape(applied: readonly string[]): void {
    if (!outgrown.notice(applied)) return;
    log.error({ migration: outgrown.by() }, outgrownMessage);
    wake.sessions.notify(null);
  }

  async function open(): Promise<void> {
    const next = new pg.Client(connection);
    next.on('notification', ({ channel, payload }) => {
      if (channel === shapeChannel) return seeShape([payload ?? '']);
      if (channel === sessionsChannel) return wake.sessions.notify(payload ?? null);
      const seq = Number(payload);
      if (Number.isSafeInteger(seq)) wake.notify(seq);
    });
    // Followed by its end, which is acted on.
    next.on('error', () => undefined);
    next.on('end', () => {
      if (client === next) client = null;
      reconnect();
    });
    await next.connect();
    await next.query(`listen ${logChannel}; listen ${shapeChannel}; listen ${sessionsChannel}`);
    client = next;
    seeShape(await appliedMigrations(db));
    wake.sessions.notify(null);
    wake.notify(await headSeq(db));
  }

  function reconnect(): void {
    if (stopped || timer) return;
    log.warn('lost the connection that hears other processes’ commits; connecting again');
    timer = setTimeout(() => {
      timer = undefined;
      open().catch(reconnect);
    }, retryMilliseconds);
  }

  await open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

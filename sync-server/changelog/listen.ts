/** Hears the commits of all server processes on one database, over a connection of its own. */
import pg from 'pg';
import type { Db } from '../db/schema.ts';
import { logChannel } from './commit.ts';
import { sessionsChannel } from './notices.ts';
import type { Wake } from './wake.ts';

export interface Listener {
  stop(): Promise<void>;
}

interface ListenLog {
  warn(message: string): void;
}

const retryMilliseconds = 500;

/** The last seq of the log. */
export async function headSeq(db: Db): Promise<number> {
  const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
}

/**
 * Listens until stopped. A lost connection is made anew; once it stands the head is read and all sessions are looked at,
 * so that no commit in between goes unheard.
 */
export async function listen(
  connection: pg.ClientConfig,
  db: Db,
  wake: Wake,
  log: ListenLog,
): Promise<Listener> {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function open(): Promise<void> {
    const next = new pg.Client(connection);
    next.on('notification', ({ channel, payload }) => {
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
    await next.query(`listen ${logChannel}; listen ${sessionsChannel}`);
    client = next;
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

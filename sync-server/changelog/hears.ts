/** Whether notifications arrive at all over a connection to the database. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DatabaseError } from '../db/embedded/errors.ts';
import { inTime } from '../rounds/in-time.ts';

/** The channel of these trials; the caller listens to it. */
export const trialChannel = 'gatehouse_trial';
/** In milliseconds. */
const patience = 5_000;

/**
 * Throws `notices_unheard` where `client` hears nothing of what other connections tell, as behind a pooler that lends its
 * connections by the transaction.
 */
export async function assertHears(client: pg.Client, connection: pg.ClientConfig): Promise<void> {
  const word = randomUUID();
  const heard = new Promise<void>((resolve) => {
    client.on('notification', ({ channel, payload }) => {
      if (channel === trialChannel && payload === word) resolve();
    });
  });
  const other = new pg.Client({ ...connection, connectionTimeoutMillis: patience });
  other.on('error', () => undefined);
  try {
    await other.connect();
    await inTime(patience, 'the database', other.query('select pg_notify($1, $2)', [trialChannel, word]));
    await inTime(patience, 'the database’s notifications', heard).catch((cause: unknown) => {
      throw new DatabaseError(
        'notices_unheard',
        'The database’s notifications (LISTEN) do not arrive: this server would not hear what others commit, nor who is shut out.',
        'Let DATABASE_URL lead to PostgreSQL itself, or to a pooler in session mode, then start again.',
        cause,
      );
    });
  } finally {
    await other.end().catch(() => undefined);
  }
}

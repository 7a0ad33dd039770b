/** Whether the database keeps what it acknowledged. Checked at every start, embedded or the operator's own. */
import { z } from 'zod';
import { DatabaseError } from './embedded/errors.ts';

/** What `assertDurable` needs of a `pg` pool or client. */
export interface Queries {
  query(text: string): Promise<{ rows: unknown[] }>;
}

/**
 * `synchronous_commit` other than `off` waits for the local disk at least; the further values wait for replicas too.
 * The other two are `on` or lose pages in a power cut.
 */
const safe: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'local', 'remote_write', 'remote_apply'],
};

const rowsSchema = z.array(z.object({ name: z.string(), setting: z.string() }));

/** Throws `settings_unsafe` where an acknowledged commit could be lost. */
export async function assertDurable(database: Queries): Promise<void> {
  const names = Object.keys(safe);
  const { rows } = await database.query(
    `SELECT name, setting FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`).join(', ')})`,
  );
  const found = new Map(rowsSchema.parse(rows).map(({ name, setting }) => [name, setting]));
  const unsafe = names.filter((name) => !safe[name]?.includes(found.get(name) ?? ''));
  if (unsafe.length === 0) return;
  const shown = unsafe.map((name) => `${name} = ${found.get(name) ?? 'unknown'}`).join(', ');
  throw new DatabaseError(
    'settings_unsafe',
    `The database is set so that it may lose commits (${shown}).`,
    `Set ${unsafe.map((name) => `${name} = on`).join(', ')} in its configuration (also for the role and the database: ALTER ROLE … RESET), then start again.`,
  );
}

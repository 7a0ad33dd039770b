/**
 * What a load of a whole snapshot puts off to its end, because done once for all rows it is quicker than row by row: the
 * counters, and below a size where reads can do without them, the indexes.
 */
import type { Transaction } from '@electric-sql/pglite';
import { entities } from '../../../domain/entities.ts';
import { requestKinds } from '../../../domain/states.ts';
import { createIndex, indexes } from './schema.ts';

/**
 * Above so many rows the queue cannot be read without its index while the rest comes in, and building one would hold
 * everything up for longer than anybody should notice.
 */
const mostWithoutIndexes = 250_000;

/** To be called with the tables empty, and how many rows will come. */
export async function prepareBulk(tx: Transaction, rows: number): Promise<void> {
  const statements = indexes.map((index) =>
    rows > mostWithoutIndexes ? createIndex(index) : `drop index if exists ${index.name};`,
  );
  await tx.exec(statements.join('\n'));
}

/** Switches the counting triggers off until the transaction ends. */
export async function withoutTriggers(tx: Transaction): Promise<void> {
  await tx.exec('set local session_replication_role = replica');
}

/** Makes up for all that was put off. The statistics are what nothing does by itself here: without, plans are bad guesses. */
export async function finishBulk(tx: Transaction): Promise<void> {
  await tx.exec(indexes.map(createIndex).join('\n'));
  for (const kind of requestKinds) {
    const { table } = entities[kind];
    await tx.exec(`insert into counters select '${kind}', state, count(*) from ${table} group by state`);
  }
  await tx.exec(
    `set local default_statistics_target = 10; analyze ${Object.values(entities)
      .map(({ table }) => table)
      .join(', ')}`,
  );
}

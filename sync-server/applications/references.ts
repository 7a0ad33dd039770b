/** Reference IDs: unique in the portal and never used again, also after a deletion or a change (rule 11). */
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import type { Change } from '../changelog/commit.ts';
import { newId } from '../config/deps.ts';

/** For applications that come without one: 80 random bits, easy to read out. */
export function newReference(): string {
  return `app-${randomBytes(10).toString('hex')}`;
}

/** Throws `reference_taken` where an application of the portal has it, or ever had. */
export async function requireFreeReference(
  change: Change,
  portalId: string,
  referenceId: string,
): Promise<void> {
  const taken =
    (await change.db
      .selectFrom('applications')
      .select('id')
      .where('portalId', '=', portalId)
      .where('referenceId', '=', referenceId)
      .executeTakeFirst()) ??
    (await change.db
      .selectFrom('deletedRecords')
      .select('id')
      .where('portalId', '=', portalId)
      .where('referenceId', '=', referenceId)
      .executeTakeFirst());
  if (taken) throw new GatehouseError('reference_taken');
}

/** Remembers a reference that its application gave up for another. */
export async function retireReference(
  change: Change,
  application: Row<'application'>,
  actor: string,
): Promise<void> {
  await change.db
    .insertInto('deletedRecords')
    .values({
      entity: 'reference',
      id: newId(() => Date.parse(change.now)),
      portalId: application.portalId,
      emailNormal: null,
      developerId: application.developerId,
      versionId: null,
      referenceId: application.referenceId,
      state: application.state,
      deletedBy: actor,
      deletedAt: change.now,
    })
    .execute();
}

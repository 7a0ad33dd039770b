/** Which portal an intent is about, for the audit of that portal: also where it was refused, or its target has gone. */
import { sql } from 'kysely';
import type { Intent } from '../../domain/intents.ts';
import type { Db } from '../db/schema.ts';
import type { WorkingRows } from './rows.ts';

/** Target id → portal; asked before anything is decided. What the log has never heard of is in none. */
export async function portalsOf(
  db: Db,
  intents: readonly Pick<Intent, 'target'>[],
  rows: WorkingRows,
): Promise<ReadonlyMap<string, string>> {
  const portals = new Map<string, string>();
  const gone = new Set<string>();
  for (const { target } of intents) {
    const row = rows[target.kind].get(target.id);
    if (row) portals.set(target.id, row.portalId);
    else gone.add(target.id);
  }
  if (gone.size === 0) return portals;
  const { rows: known } = await sql<{ id: string; portalId: string }>`
    select distinct on (entity_id) entity_id as id, portal_id from change_log
    where entity_id = any(${[...gone]}::uuid[]) and portal_id is not null
    order by entity_id, seq desc`.execute(db);
  for (const { id, portalId } of known) portals.set(id, portalId);
  return portals;
}

/** When a row last changed: v2 shows it, the rows themselves do not hold it, the change log knows. */
import { sql, type RawBuilder } from 'kysely';

/** An expression for the time of the last logged change of the row with that id; its creation where none is logged. */
export function updatedAt(id: string, createdAt: string): RawBuilder<string> {
  return sql<string>`coalesce((
    select change_log.at from change_log
    where change_log.entity_id = ${sql.ref(id)} and change_log.kind = 'row'
    order by change_log.seq desc limit 1), ${sql.ref(createdAt)})`;
}

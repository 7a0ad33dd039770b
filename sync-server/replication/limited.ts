/**
 * The change log as a product owner may see it: rows of their products, with what came into reach and what left it, and the
 * outcomes of their own intents. Images are the log's own, as they were at that place in it.
 */
import { sql } from 'kysely';
import { maxFrameItems } from '../../domain/wire/frames.ts';
import type { Db } from '../db/schema.ts';
import type { Limit } from '../scopes/scope.ts';

/** One change, on its way into a frame; `payload` is null where a person's data was erased from the log. */
export interface LogItem {
  readonly seq: number;
  readonly kind: 'row' | 'outcome' | 'event';
  readonly at: string;
  readonly actor: string;
  readonly device: string | null;
  readonly batch: string | null;
  readonly entity: string;
  readonly entityId: string;
  readonly revision: number;
  readonly payload: Buffer | null;
}

/** Changes in order, and how far they reach: what comes between them is not for this reader. */
export interface Stretch {
  readonly items: readonly LogItem[];
  readonly to: number;
}

/** The changes after `after`, up to about `maxFrameItems`; all of one seq or none. */
export async function readLimited(db: Db, limit: Limit, after: number, to: number): Promise<Stretch> {
  const products = sql`${[...limit.productIds]}::uuid[]`;
  const rowsUpTo = (end: number) => sql`scope_changes c
    where c.seq > ${after} and c.seq <= ${end} and (c.seen_after && ${products} or c.seen_before && ${products})`;
  const outcomesUpTo = (end: number) => sql`change_log l
    where l.kind = 'outcome' and l.device in (select id from devices where admin_id = ${limit.adminId})
      and l.seq > ${after} and l.seq <= ${end}`;
  const cut = await sql<{ end: number | null }>`select min(seq) as end from (
      (select c.seq from ${rowsUpTo(to)} order by c.seq, c.number offset ${maxFrameItems - 1} limit 1)
      union all
      (select l.seq from ${outcomesUpTo(to)} order by l.seq offset ${maxFrameItems - 1} limit 1)) as full_at`.execute(
    db,
  );
  const end = cut.rows[0]?.end ?? to;
  const { rows: changes } = await sql<LogItem>`
    select c.seq, 'row' as kind, l.at, l.actor, null as device, null as batch, c.entity, c.entity_id, l.revision,
      case when c.seen_after && ${products} then l.payload else 'null'::bytea end as payload
    from (select * from ${rowsUpTo(end)}) as c
    cross join lateral (
      select at, actor, revision, payload from change_log
      where entity_id = c.entity_id and kind = 'row' and seq <= c.seq order by seq desc limit 1
    ) as l
    order by c.seq, c.number`.execute(db);
  const { rows: outcomes } = await sql<LogItem>`
    select l.seq, l.kind, l.at, l.actor, l.device, l.batch, l.entity, l.entity_id, l.revision, l.payload
    from ${outcomesUpTo(end)} order by l.seq`.execute(db);
  return { items: [...changes, ...outcomes].sort((a, b) => a.seq - b.seq), to: end };
}

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How far the times of the log are out of order, so that a search by time knows how much wider it has to look. */
const script = `
alter table log_head
  -- The latest time of any entry.
  add column latest timestamptz,
  -- The most by which a later entry was before it, in milliseconds: servers' clocks differ, and are set back.
  add column set_back bigint not null default 0;
`;

/** Of the entries that there are. */
const learnt = `
update log_head set latest = known.latest, set_back = known.set_back from (
  select max(at) as latest,
    coalesce(max(extract(epoch from running - at) * 1000), 0)::bigint as set_back
  from (select at, max(at) over (order by seq) as running from change_log) as entries
) as known;
`;

export const clocksOfTheLog: Migration = {
  async up(db) {
    for (const part of [script, learnt]) await sql.raw(part).execute(db);
  },
};

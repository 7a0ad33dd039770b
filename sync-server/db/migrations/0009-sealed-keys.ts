import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Keys that were kept in clear are sealed by the next start, which has the key for it; the clear columns are empty then. */
const sealedKeys = `
alter table signing_keys
  -- Sealed with a key that is not in the database.
  add column sealed_key bytea,
  alter column private_key drop not null;
alter table erasure_key
  add column sealed_key bytea,
  alter column key drop not null;
`;

/** Sign-ins that failed, until the log tells of them: many together as one entry. */
const failedSignIns = `
create table failed_sign_ins (
  -- SHA-256 of account, address and step: those of unknown accounts are counted alike, and say nothing.
  key bytea primary key,
  -- Null where there is no such account.
  admin_id uuid,
  address text,
  step text not null,
  -- Since the last entry that told of them.
  tries integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  due_at timestamptz not null
);
create index failed_sign_ins_due on failed_sign_ins (due_at);
`;

/** What the audit looks for by kind of thing and what was done to it, and by time. */
const audit = `
-- Both together: by one of them alone an unlucky pair, which never occurs, would be looked for in the whole log.
create index change_log_by_what on change_log (entity, action, seq) where entity <> 'intent';

-- The first entry that is not before a moment, by halving: the log is in the order of commits, so its times rise, but for
-- the servers' clocks. Some twenty look-ups by key, and no index on times that every commit would pay for.
create function log_seq_at(moment timestamptz) returns bigint language plpgsql stable as $$
declare
  low bigint := 1;
  high bigint;
  middle bigint;
  met timestamptz;
begin
  select seq + 1 into high from log_head;
  while low < high loop
    middle := (low + high) / 2;
    select at into met from change_log where seq >= middle order by seq limit 1;
    if met < moment then
      low := middle + 1;
    else
      high := middle;
    end if;
  end loop;
  return low;
end $$;
`;

export const sealedKeysAndFailures: Migration = {
  async up(db) {
    for (const script of [sealedKeys, failedSignIns, audit]) await sql.raw(script).execute(db);
  },
};

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What tells one server's history from another's, and the epochs that it has come through: each restore begins one behind
 * the last entry of its backup, so that readers can tell what of theirs is still there.
 */
const script = `
create table epochs (
  epoch integer primary key,
  -- The last seq of the epoch before that this one builds on.
  started_after bigint not null,
  started_at timestamptz not null,
  -- Whether all closings of earlier epochs were carried out when it began.
  closings_replayed boolean not null
);
insert into epochs (epoch, started_after, started_at, closings_replayed)
select epoch, 0, coalesce((select min(at) from change_log), now()), true from log_head;

-- In every backup, and in every line of the closings log: a log of another server says nothing about this one.
create table history (
  singleton boolean primary key default true check (singleton),
  id uuid not null,
  -- Something sealed with the key of this database's secrets, so that a server with another key is told at its start.
  sealed_check bytea
);
insert into history (id) values (gen_random_uuid());
`;

export const epochs: Migration = {
  async up(db) {
    await sql.raw(script).execute(db);
  },
};

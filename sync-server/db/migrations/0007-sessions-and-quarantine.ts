import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Whoever takes a session, a device or an admin away, by whatever way: every server process hears of it in the same
 * commit, and closes the sockets.
 */
const announcements = `
-- The argument names the column with the id of the admin or the device.
create function announce_session() returns trigger language plpgsql as $$
declare
  id text := to_jsonb(old) ->> tg_argv[0];
begin
  if id is not null then
    perform pg_notify('gatehouse_sessions', id);
  end if;
  return null;
end $$;
create trigger announce_admin after update or delete on admins
  for each row execute function announce_session('id');
create trigger announce_secrets after update on admin_secrets
  for each row execute function announce_session('admin_id');
create trigger announce_device after update of revoked_at, admin_id or delete on devices
  for each row execute function announce_session('id');
create trigger announce_session after update of device_id or delete on admin_sessions
  for each row execute function announce_session('device_id');
`;

/** What was refused on sync sockets, for the operator to look at. No foreign keys: it outlives who sent it. */
const quarantine = `
create table quarantine (
  device uuid not null,
  admin_id uuid not null,
  code text not null,
  -- Of the whole frame.
  sha256 bytea not null,
  bytes integer not null,
  head bytea not null,
  -- The document that it was meant for, as far as the frame could be read.
  document text,
  times integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (device, code, sha256)
);
create index quarantine_by_time on quarantine (last_at);
`;

/** Snapshots, where several servers work on one database: made by one of them, asked for at another. */
const snapshots = `
create table shared_snapshots (
  id text not null,
  scope text not null,
  manifest jsonb not null,
  made_at timestamptz not null,
  primary key (scope, id)
);
create table shared_chunks (
  scope text not null,
  snapshot_id text not null,
  number integer not null,
  content bytea not null,
  primary key (scope, snapshot_id, number),
  foreign key (scope, snapshot_id) references shared_snapshots (scope, id) on delete cascade
);
-- They are compressed already.
alter table shared_chunks alter column content set storage external;
`;

export const sessionsAndQuarantine: Migration = {
  async up(db) {
    await sql.raw(announcements).execute(db);
    await sql.raw(quarantine).execute(db);
    await sql.raw(snapshots).execute(db);
  },
};

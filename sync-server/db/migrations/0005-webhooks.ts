import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks with what waits for them, how far devices are, and indexes for what is cleared away by its age. */
const tables = `
create table webhook_endpoints (
  id uuid primary key,
  url text not null,
  -- Types, 'developer.*' for all of a kind, or '*'.
  events text[] not null,
  description text not null,
  created_at timestamptz not null,
  -- Null while it is delivered to; else why not: 'owner' or 'failing'.
  paused_reason text,
  paused_at timestamptz,
  -- Failures since the last delivery that arrived.
  failures integer not null default 0,
  failing_since timestamptz,
  next_attempt_at timestamptz not null,
  -- The process that delivers to it now, for as long as it says so.
  leased_by uuid,
  leased_until timestamptz
);
create table webhook_secrets (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  -- Sealed with a key that is not in the database.
  secret bytea not null,
  created_at timestamptz not null,
  -- From then on it signs no more: set by a rotation.
  retires_at timestamptz
);
create index webhook_secrets_by_endpoint on webhook_secrets (endpoint_id);
create table webhook_deliveries (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  -- The log's entry that it tells of: nothing is told twice, and in this order as far as that goes.
  seq bigint not null,
  type text not null,
  -- The exact bytes that are signed and sent.
  body text not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  -- Since when it counts for giving up: its making, or its last redelivery.
  tried_since timestamptz not null,
  next_attempt_at timestamptz not null,
  delivered_at timestamptz,
  dead_at timestamptz,
  last_error text,
  unique (endpoint_id, seq)
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at)
  where delivered_at is null and dead_at is null;
create index webhook_deliveries_dead on webhook_deliveries (endpoint_id, dead_at) where dead_at is not null;
create index webhook_deliveries_delivered on webhook_deliveries (delivered_at) where delivered_at is not null;

create table device_cursors (
  device_id uuid primary key references devices (id) on delete cascade,
  epoch integer not null,
  seq bigint not null,
  at timestamptz not null
);

-- What is to be sent, sealed with a key that is not in the database: it may hold a link that signs somebody in, and what
-- a row once held stays in the database's files for a while. Rows from before keep theirs in body until they are sent.
alter table mail_outbox add column sealed_body bytea;
create index mail_outbox_sent on mail_outbox (sent_at) where sent_at is not null;
create index mail_tokens_by_expiry on mail_tokens (expires_at);
create index developer_sessions_by_expiry on developer_sessions (refresh_until);
create index admin_sessions_by_expiry on admin_sessions (refresh_until);
`;

export const webhooks: Migration = {
  async up(db) {
    await sql.raw(tables).execute(db);
  },
};

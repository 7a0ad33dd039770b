import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { published } from './0001-published.ts';

/**
 * The first shape of the server's truth. Published rows (what crosses boundaries) and secrets live in different tables,
 * so that nothing that reads a published row can carry a verifier away by accident.
 */
const secrets = `
-- Verifiers: argon2id for passwords, SHA-256 for keys and tokens (they are random, so no salt is needed).
create table developer_secrets (
  developer_id uuid primary key references developers (id) on delete cascade,
  portal_id uuid not null,
  email_normal text not null,
  password_hash text
);
create index developer_secrets_email on developer_secrets (portal_id, email_normal);
create table credential_secrets (
  credential_id uuid primary key references credentials (id) on delete cascade,
  portal_id uuid not null,
  hash bytea not null unique
);
create table admin_secrets (
  admin_id uuid primary key references admins (id) on delete cascade,
  password_hash text
);
create table gateway_secrets (
  token_hash bytea primary key,
  gateway_id uuid not null references gateways (id) on delete cascade,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table developer_sessions (
  access_hash bytea primary key,
  refresh_hash bytea not null unique,
  -- The refresh token that this one replaced: whoever shows it again has an old copy.
  previous_refresh_hash bytea unique,
  developer_id uuid not null references developers (id) on delete cascade,
  portal_id uuid not null,
  access_until timestamptz not null,
  refresh_until timestamptz not null,
  created_at timestamptz not null
);
create index developer_sessions_by_developer on developer_sessions (developer_id);
-- One-time links in mails: confirm an address, choose a new password, resubmit.
create table mail_tokens (
  hash bytea primary key,
  portal_id uuid not null,
  developer_id uuid not null references developers (id) on delete cascade,
  purpose text not null,
  -- The verifier of a password given at sign-up: it counts once this very link was opened.
  password_hash text,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index mail_tokens_by_developer on mail_tokens (developer_id);

create table devices (
  id uuid primary key,
  admin_id uuid not null references admins (id) on delete cascade,
  name text not null,
  scope text not null,
  enrolled_at timestamptz not null,
  seen_at timestamptz not null,
  revoked_at timestamptz
);
create table admin_codes (
  hash bytea primary key,
  admin_id uuid not null references admins (id) on delete cascade,
  challenge text not null,
  redirect_uri text not null,
  expires_at timestamptz not null
);
create table admin_sessions (
  access_hash bytea primary key,
  refresh_hash bytea not null unique,
  admin_id uuid not null references admins (id) on delete cascade,
  device_id uuid references devices (id) on delete cascade,
  -- The refresh token before this one: good for a moment, should the answer be lost; a sign of theft after that.
  previous_hash bytea unique,
  rotated_at timestamptz not null,
  access_until timestamptz not null,
  refresh_until timestamptz not null,
  created_at timestamptz not null
);
create index admin_sessions_by_admin on admin_sessions (admin_id);
`;

const documents = `
create table portal_hosts (
  host text primary key,
  portal_id uuid not null references portals (id) on delete cascade
);
create table version_specifications (
  version_id uuid primary key references versions (id) on delete cascade,
  content jsonb not null
);
create table product_documents (
  id uuid primary key,
  product_id uuid not null references products (id) on delete cascade,
  parent_id uuid,
  slug text not null,
  title text not null,
  content text not null,
  position integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (product_id, slug)
);
create table product_labels (
  product_id uuid not null references products (id) on delete cascade,
  label text not null,
  value text not null,
  primary key (product_id, label)
);
`;

const log = `
-- One row serialises every commit: seq is gapless and in commit order.
create table log_head (
  singleton boolean primary key default true check (singleton),
  epoch integer not null,
  seq bigint not null,
  hash bytea not null
);
insert into log_head (epoch, seq, hash) values (1, 0, decode(repeat('00', 32), 'hex'));

create table change_log (
  seq bigint primary key,
  epoch integer not null,
  at timestamptz not null,
  actor text not null,
  device uuid,
  intent uuid,
  batch uuid,
  portal_id uuid,
  kind text not null,
  entity text not null,
  entity_id uuid not null,
  revision integer not null,
  -- Exact bytes (after-image or outcome); null once a person's data was erased. The chain seals their digest.
  payload bytea,
  salt bytea,
  payload_digest bytea not null,
  hash bytea not null
);
create index change_log_by_entity on change_log (entity_id, seq);

-- Each (device, intent) has exactly one outcome.
create table intent_outcomes (
  device uuid not null,
  intent uuid not null,
  digest text not null,
  outcome jsonb not null,
  seq bigint not null,
  at timestamptz not null,
  primary key (device, intent)
);

-- What was deleted: reference ids are never used again, and a human's no is remembered.
create table deleted_records (
  entity text not null,
  id uuid not null,
  portal_id uuid,
  email_normal text,
  developer_id uuid,
  version_id uuid,
  reference_id text,
  state text not null,
  deleted_by text not null,
  deleted_at timestamptz not null,
  primary key (entity, id)
);
create unique index deleted_records_reference on deleted_records (portal_id, reference_id) where reference_id is not null;
create index deleted_records_email on deleted_records (portal_id, email_normal);
`;

const outlets = `
-- What gateways hold, kept by the commits themselves, and the deltas that they pull.
create table gateway_credentials (
  credential_id uuid primary key,
  application_id uuid not null,
  region text not null,
  hash text not null,
  not_after bigint
);
create index gateway_credentials_by_application on gateway_credentials (application_id);
create table gateway_connections (
  application_id uuid not null,
  service_id uuid not null,
  gateway_id uuid not null,
  primary key (application_id, service_id)
);
create index gateway_connections_by_service on gateway_connections (service_id);
create table gateway_services (
  service_id uuid primary key,
  gateway_id uuid not null,
  record text not null
);
create table gateway_changes (
  seq bigint not null,
  number integer not null,
  region text,
  gateway_id uuid,
  line text not null,
  primary key (seq, number)
);
create table gateway_acks (
  gateway_id uuid primary key references gateways (id) on delete cascade,
  epoch integer not null,
  seq bigint not null,
  digest text not null,
  at timestamptz not null
);
create table signing_keys (
  key_id text primary key,
  public_key bytea not null,
  private_key bytea not null,
  created_at timestamptz not null,
  retired_at timestamptz
);

-- Mail that waits to be sent: written in the commit that causes it, so that it is neither lost nor sent for nothing.
create table mail_outbox (
  id uuid primary key,
  portal_id uuid,
  recipient text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  sent_at timestamptz,
  last_error text
);
create index mail_outbox_due on mail_outbox (next_attempt_at) where sent_at is null;
`;

async function run(db: Kysely<unknown>, script: string): Promise<void> {
  await sql.raw(script).execute(db);
}

export const initial: Migration = {
  async up(db) {
    for (const script of [published, secrets, documents, log, outlets]) await run(db, script);
  },
};

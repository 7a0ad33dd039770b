import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Second factors, passkeys and single sign-on of admins; their browser sessions; limits that all processes share. */
const tables = `
-- Whoever is deactivated cannot sign in; the account and its history stay.
alter table admin_secrets add column deactivated_at timestamptz;
alter table devices
  add column kind text not null default 'desk' check (kind in ('desk', 'automation')),
  add column address text;

create table admin_totp (
  admin_id uuid primary key references admins (id) on delete cascade,
  -- Sealed with a key that is not in the database.
  secret bytea not null,
  -- Null until a first code proved that the authenticator has it.
  confirmed_at timestamptz,
  -- The newest step whose code was taken: it and all before are used up.
  last_step bigint not null,
  created_at timestamptz not null
);
-- SHA-256 of 80 random bits; a row goes when its code is used.
create table admin_recovery_codes (
  hash bytea primary key,
  admin_id uuid not null references admins (id) on delete cascade,
  created_at timestamptz not null
);
create index admin_recovery_codes_by_admin on admin_recovery_codes (admin_id);
create table admin_passkeys (
  -- The authenticator's credential id, base64url.
  id text primary key,
  admin_id uuid not null references admins (id) on delete cascade,
  name text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index admin_passkeys_by_admin on admin_passkeys (admin_id);
-- Whom an identity provider calls what.
create table admin_identities (
  issuer text not null,
  subject text not null,
  admin_id uuid not null references admins (id) on delete cascade,
  bound_at timestamptz not null,
  primary key (issuer, subject),
  unique (admin_id, issuer)
);

-- A sign-in under way, by the SHA-256 of the browser's cookie.
create table admin_sign_ins (
  hash bytea primary key,
  -- Null until somebody proved a first factor.
  admin_id uuid references admins (id) on delete cascade,
  -- What the desk asked for; null on the way to the account page.
  destination jsonb,
  -- The passkey challenge that was given out last.
  challenge text,
  -- What the answer of the identity provider has to match.
  oidc jsonb,
  expires_at timestamptz not null
);
create table admin_page_sessions (
  hash bytea primary key,
  admin_id uuid not null references admins (id) on delete cascade,
  -- Good for nothing but setting up a second factor, after which the sign-in goes on to its destination.
  enrolling boolean not null,
  destination jsonb,
  challenge text,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index admin_page_sessions_by_admin on admin_page_sessions (admin_id);

-- Tries of all server processes. Not logged: a crash forgets them, and nothing waits for a disk.
create unlogged table limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
`;

export const secondFactors: Migration = {
  async up(db) {
    await sql.raw(tables).execute(db);
  },
};

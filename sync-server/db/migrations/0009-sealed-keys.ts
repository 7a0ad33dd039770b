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

export const sealedKeysAndFailures: Migration = {
  async up(db) {
    for (const script of [sealedKeys, failedSignIns]) await sql.raw(script).execute(db);
  },
};

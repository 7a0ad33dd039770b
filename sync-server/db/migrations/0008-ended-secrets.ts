import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Gateways' tokens can be named, so that one can be ended; and the database knows how far the log of closings went, so that
 * a restore can tell that a part of it is missing.
 */
const script = `
alter table gateway_secrets
  add column id uuid not null default gen_random_uuid() unique,
  -- To the minute; null where it was never used.
  add column last_used_at timestamptz;

-- The commit whose closing was written last, to whichever file; null before the first.
alter table history
  add column closing_epoch integer,
  add column closing_seq bigint;
`;

export const endedSecrets: Migration = {
  async up(db) {
    await sql.raw(script).execute(db);
  },
};

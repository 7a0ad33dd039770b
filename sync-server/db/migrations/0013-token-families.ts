import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Whatever a session was ever given leads to it, so that its reuse can end it. Sessions of before have no family until they
 * are refreshed: it begins with the token that they have.
 */
const script = `
alter table admin_sessions
  add column family_hash bytea,
  -- The authorization code that opened it.
  add column code_hash bytea;
create index admin_sessions_by_family on admin_sessions (family_hash);
create index admin_sessions_by_code on admin_sessions (code_hash);
alter table developer_sessions add column family_hash bytea;
create index developer_sessions_by_family on developer_sessions (family_hash);
`;

export const tokenFamilies: Migration = {
  async up(db) {
    await sql.raw(script).execute(db);
  },
};

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Products with many registrations are filled slice by slice; nobody looks through one before it is whole. */
const script = `
alter table watched_products add column open boolean not null default true;
alter table watched_products alter column open drop default;
-- The last registration whose rows have been filled in, while it is not open; null before the first.
alter table watched_products add column filled_to uuid;

-- Slices go along a version's registrations by id.
create index registrations_in_version on registrations (version_id, id);
drop index registrations_by_version;
`;

export const scopesInSlices: Migration = {
  async up(db) {
    await sql.raw(script).execute(db);
  },
};

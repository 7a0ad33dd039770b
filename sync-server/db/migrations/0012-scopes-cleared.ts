import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is kept of a product that is not watched any more, or anew, goes slice by slice, as it came. */
const script = `
-- While its rows in product_members are being removed: it is not open, and is not filled in before they are gone.
alter table watched_products add column clearing boolean not null default false;
alter table watched_products alter column clearing drop default;
`;

export const scopesCleared: Migration = {
  async up(db) {
    await sql.raw(script).execute(db);
  },
};

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Admins who are limited to certain products: who sees which row, and how that changed. */
const tables = `
alter table admins add column product_ids jsonb not null default '[]';

-- Products that somebody is limited to, and since which change: only for these it is kept who sees what.
create table watched_products (
  product_id uuid primary key,
  since bigint not null
);
-- The rows that belong to a watched product, as they are after the last commit.
create table product_members (
  product_id uuid not null,
  entity text not null,
  entity_id uuid not null,
  primary key (product_id, entity, entity_id)
);
create index product_members_by_row on product_members (entity_id);
-- What the change log means to readers of a few products: at this seq they are to have the row's image, or to lose it.
create table scope_changes (
  seq bigint not null,
  number integer not null,
  entity text not null,
  entity_id uuid not null,
  -- Products through which the row was and is seen.
  seen_before uuid[] not null,
  seen_after uuid[] not null,
  primary key (seq, number)
);

create index publications_by_strategy on publications (strategy_id);
create index change_log_outcomes on change_log (device, seq) where kind = 'outcome';
`;

export const productScopes: Migration = {
  async up(db) {
    await sql.raw(tables).execute(db);
  },
};

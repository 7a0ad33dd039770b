/**
 * The copy's tables, derived from the entities: the same columns, plus what a queue needs to be fast at a million rows.
 * It is a cache, so there are no migrations: another schema means another template, and the rows are fetched again.
 */
import { createHash } from 'node:crypto';
import { columnName, type Column } from '../../../domain/columns.ts';
import { entities, entityKinds, type EntityKind } from '../../../domain/entities.ts';
import { requestKinds } from '../../../domain/states.ts';

function columnSql(name: string, column: Column): string {
  const type = column.sql === 'timestamptz' ? 'timestamptz(3)' : column.sql;
  const key = name === 'id' ? ' primary key' : column.nullable ? '' : ' not null';
  return `${columnName(name)} ${type}${key}`;
}

function tableSql(kind: EntityKind): string {
  const columns = Object.entries<Column>(entities[kind].columns).map(([name, column]) =>
    columnSql(name, column),
  );
  return `create table ${entities[kind].table} (\n  ${columns.join(',\n  ')}\n);`;
}

export interface Index {
  readonly name: string;
  readonly on: string;
}

/** Indexes beside the keys. Each request kind is read by state in the queue's order; the rest are the detail's joins. */
export const indexes: readonly Index[] = [
  ...requestKinds.map((kind) => {
    const { table } = entities[kind];
    return { name: `${table}_queue`, on: `${table} (state, created_at desc, id desc)` };
  }),
  { name: 'applications_developer', on: 'applications (developer_id)' },
  { name: 'registrations_application', on: 'registrations (application_id)' },
  { name: 'credentials_application', on: 'credentials (application_id)' },
];

export function createIndex({ name, on }: Index): string {
  return `create index if not exists ${name} on ${on};`;
}

/** Beside the entities: where the copy stands, its counters, overwritten decisions and what can be searched. */
const own = `
create table meta (key text primary key, value jsonb not null);

create table counters (kind text, state text, n integer not null, primary key (kind, state));

-- Decisions that a later one replaced on the row; the latest is on the row itself.
create table history (
  entity uuid not null, revision integer not null, at timestamptz(3) not null, actor text not null,
  action text, reason text,
  primary key (entity, revision)
);

-- Filled in slices after the snapshot, so that its index never blocks the queue.
create table search_texts (id uuid primary key, kind text not null, body text not null);
-- Entries wait in a list that every search reads whole: so it is kept short, and worked in where the filling ends.
create index search_texts_body on search_texts using gin (body gin_trgm_ops) with (gin_pending_list_limit = 512);
`;

/** Counters by statement, from transition tables: a page of the queue never counts, a load of 5,000 rows counts once. */
function counterSql(kind: (typeof requestKinds)[number]): string {
  const { table } = entities[kind];
  const add = (rows: string, sign: string): string => `
  insert into counters select '${kind}', state, ${sign}count(*) from ${rows} group by state
    on conflict (kind, state) do update set n = counters.n + excluded.n;`;
  const trigger = (event: string, tables: string, body: string): string => `
create function ${kind}_${event}() returns trigger language plpgsql as $$ begin ${body}
  return null; end $$;
create trigger count_${event} after ${event} on ${table} ${tables}
  for each statement execute function ${kind}_${event}();`;
  return [
    trigger('insert', 'referencing new table as fresh', add('fresh', '')),
    trigger('delete', 'referencing old table as gone', add('gone', '-')),
    trigger(
      'update',
      'referencing old table as gone new table as fresh',
      `${add('gone', '-')}${add('fresh', '')}
  insert into history
    select gone.id, gone.decided_revision, gone.decided_at, gone.decided_by, gone.decided_action, gone.reason
    from gone join fresh using (id)
    where fresh.decided_revision > gone.decided_revision and gone.decided_at is not null
    on conflict do nothing;`,
    ),
  ].join('\n');
}

/** Everything that a fresh copy needs, in one script. */
export const schemaSql = [
  'create extension pg_trgm;',
  ...entityKinds.map(tableSql),
  ...indexes.map(createIndex),
  own,
  ...requestKinds.map(counterSql),
].join('\n');

/** Names the schema: a copy of another one is dropped. Raised by hand when PGlite's on-disk format moves. */
export const schemaHash = createHash('sha256')
  .update(`pglite-0.5.16\n${schemaSql}`)
  .digest('hex')
  .slice(0, 16);

/** Emptied before a snapshot is loaded; `history` is the desk's own memory and stays. */
export const replicated: readonly string[] = [
  ...entityKinds.map((kind) => entities[kind].table),
  'counters',
  'search_texts',
];

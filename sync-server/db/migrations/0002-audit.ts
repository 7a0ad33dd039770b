import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What an audit needs of the change log. Entries written before keep their first header; later ones have the second, which
 * also seals what was done and the digest of their context.
 */
const log = `
alter table change_log
  -- Which header the hash covers.
  add column version smallint not null default 1,
  -- What was done, to search by: 'created', 'approve', 'deleted', an outcome's kind, an event's name.
  add column action text not null default 'changed',
  -- Where it came from (address, request, time of the decision): personal, so erasable; the chain seals its digest.
  add column context bytea,
  add column context_salt bytea,
  add column context_digest bytea;
alter table change_log alter column version drop default, alter column action drop default;

update change_log set action = case
    when kind = 'outcome' then coalesce(image ->> 'kind', 'changed')
    when jsonb_typeof(image) = 'null' then 'deleted'
    when revision = 1 then 'created'
    when image -> 'decidedRevision' = to_jsonb(revision) then coalesce(image ->> 'decidedAction', 'changed')
    else 'changed'
  end
from (select seq as of, convert_from(payload, 'UTF8')::jsonb as image from change_log where payload is not null) as images
where seq = of;

-- An audit is read newest first, by one of these and whatever else as a filter.
create index change_log_by_actor on change_log (actor, seq);
create index change_log_by_portal on change_log (portal_id, seq) where portal_id is not null;
create index change_log_by_device on change_log (device, seq) where device is not null;
create index change_log_by_batch on change_log (batch, seq) where batch is not null;
create index change_log_by_intent on change_log (intent, seq) where intent is not null;
-- What there is plenty of is soon met without an index, and would make every commit dearer.
create index change_log_of_events on change_log (seq) where kind = 'event';
create index change_log_by_rare_action on change_log (action, seq)
  where action not in ('created', 'changed', 'approve', 'applied');
create index change_log_by_rare_entity on change_log (entity, seq)
  where entity not in ('developer', 'application', 'registration', 'credential', 'intent');
`;

const names = `
-- Every name that a thing has ever had, as lower-case words: what the audit's search looks through. Erased with its person.
create table audit_names (
  entity_id uuid not null,
  words text not null,
  primary key (entity_id, words)
);
create index audit_names_words on audit_names using gin (to_tsvector('simple', words));

insert into audit_names (entity_id, words)
select distinct entity_id, words
from change_log
cross join lateral (select convert_from(payload, 'UTF8')::jsonb as image) as parsed
cross join lateral unnest(array[image ->> 'name', image ->> 'displayName', image ->> 'email', image ->> 'referenceId'])
  as named (name)
cross join lateral (select trim(regexp_replace(lower(name), '[^[:alnum:]]+', ' ', 'g')) as words) as cleaned
where kind = 'row' and payload is not null and words <> '';
`;

const erasures = `
-- Which persons were erased, up to where in the log: copies made before (snapshots) are not to be used any more.
create table erasures (
  seq bigint primary key,
  developer_id uuid not null,
  at timestamptz not null
);
-- What deleted_records keeps of an erased person whom an admin had refused: a keyed hash of the address, no address.
alter table deleted_records add column email_sealed bytea;
create index deleted_records_sealed on deleted_records (portal_id, email_sealed) where email_sealed is not null;
create table erasure_key (
  singleton boolean primary key default true check (singleton),
  key bytea not null
);
`;

export const audit: Migration = {
  async up(db) {
    for (const script of [log, names, erasures]) await sql.raw(script).execute(db);
  },
};

/**
 * The queue as SQL. One narrow branch for each kind and state, each walking its own index from the position on and
 * stopping at the limit, then merged: so a page costs the same at a thousand rows and at a million.
 */
import type { QueueFilter } from '../../../domain/desk/api.ts';
import type { QueuePosition } from '../../../domain/desk/rows.ts';
import { entities } from '../../../domain/entities.ts';
import {
  applicationStates,
  developerStates,
  registrationStates,
  requestKinds,
  type RequestKind,
} from '../../../domain/states.ts';
import type { Bind } from '../replica/calls.ts';

const statesOf: Record<RequestKind, readonly string[]> = {
  developer: developerStates,
  application: applicationStates,
  registration: registrationStates,
};

export interface Statement {
  readonly sql: string;
  readonly binds: readonly Bind[];
}

/** Values for `$1`, `$2`, …: each `bind` answers its placeholder. */
function binder() {
  const binds: Bind[] = [];
  return { binds, bind: (value: Bind): string => `$${binds.push(value)}` };
}

/** `%text%` with what LIKE would take for itself escaped. */
export function pattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

/** The words of a search; all of them must be found. */
export function words(search: string): string[] {
  return search.trim().split(/\s+/).filter(Boolean).slice(0, 8);
}

/** The versions whose product and name hold the whole search; a registration is found by them too. */
export function versionsMatching(search: string): Statement {
  return {
    sql: `select v.id from versions v join products p on p.id = v.product_id
      where concat(p.name, ' ', v.name) ilike $1`,
    binds: [pattern(search.trim())],
  };
}

/** A search that finds more than this in a kind is common: walking the queue meets its hits soon enough. */
export const mostHits = 1_000;

/** Developers and applications whose texts hold every word, up to one more than `mostHits` of each. */
export function hitsMatching(search: string): Statement {
  const { binds, bind } = binder();
  const all = words(search)
    .map((word) => `body ilike ${bind(pattern(word))}`)
    .join(' and ');
  const limit = bind(mostHits + 1);
  const of = (kind: SearchedKind): string =>
    `(select kind, id from search_texts where kind = '${kind}' and ${all} limit ${limit})`;
  return { sql: `${of('developer')} union all ${of('application')}`, binds };
}

export type SearchedKind = 'developer' | 'application';

/** What a search found beforehand. Null hits: too many to list, or the index is not filled yet. */
export interface Found {
  readonly hits: Readonly<Record<SearchedKind, readonly string[] | null>>;
  readonly versions: readonly string[];
  /** Whether the texts of the index may be asked. */
  readonly indexed: boolean;
}

export interface RefsQuery {
  readonly filter: QueueFilter;
  readonly after: QueuePosition | null;
  readonly limit: number;
  /** Null without a search. */
  readonly found: Found | null;
}

/** Registrations are found by their application. */
const searched = (kind: RequestKind): { by: SearchedKind; id: string } =>
  kind === 'registration' ? { by: 'application', id: 'application_id' } : { by: kind, id: 'id' };

/**
 * The text of one row, looked up by key. A scalar subquery is never turned into a join, so a walk along the queue's
 * index stays one, whatever the planner believes about the words.
 */
function textOf(kind: RequestKind, indexed: boolean): string {
  const { by, id } = searched(kind);
  if (indexed) return `(select s.body from search_texts s where s.id = t.${id})`;
  const body = by === 'developer' ? "o.name, ' ', o.email" : "o.name, ' ', o.reference_id";
  return `(select concat(${body}) from ${entities[by].table} o where o.id = t.${id})`;
}

/** References in the queue's order, newest first: `kind`, `id`, `createdAt`. */
export function refsStatement({ filter, after, limit: most, found }: RefsQuery): Statement {
  const { binds, bind } = binder();
  const limit = bind(most);
  const position = after
    ? `(t.created_at, t.id) < (${bind(after.createdAt)}::timestamptz, ${bind(after.id)}::uuid)`
    : 'true';
  const portal = filter.portalId === null ? 'true' : `t.portal_id = ${bind(filter.portalId)}::uuid`;
  /** A value that no statement uses has no type: bound by the branches that need it. */
  const holds = (text: string): string =>
    words(filter.search)
      .map((word) => `${text} ilike ${bind(pattern(word))}`)
      .join(' and ');
  const wanted: readonly string[] = filter.states;

  const branch = (kind: RequestKind, join: string, condition: string): string =>
    `(select '${kind}' as kind, t.id, t.created_at from ${entities[kind].table} t ${join}
      where ${condition} and ${position} and ${portal}
      order by t.created_at desc, t.id desc limit ${limit})`;
  /** Along the index of each state, until the page is full. */
  const walk = (kind: RequestKind, states: readonly string[], condition: string): string[] =>
    states.map((state) => branch(kind, '', `t.state = '${state}' and ${condition}`));

  const branches = requestKinds.flatMap((kind) => {
    const states = statesOf[kind].filter((state) => wanted.length === 0 || wanted.includes(state));
    if ((filter.kinds.length > 0 && !filter.kinds.includes(kind)) || states.length === 0) return [];
    if (!found) return walk(kind, states, 'true');
    const { by, id } = searched(kind);
    const hits = found.hits[by];
    const byText = hits
      ? [
          branch(
            kind,
            `join json_array_elements_text(${bind(JSON.stringify(hits))}::json) hit on hit.value::uuid = t.${id}`,
            `t.state in (${states.map((state) => `'${state}'`).join(', ')})`,
          ),
        ]
      : walk(kind, states, holds(textOf(kind, found.indexed)));
    if (kind !== 'registration' || found.versions.length === 0) return byText;
    const list = bind(JSON.stringify(found.versions));
    const byVersion = `t.version_id = any (array(select value::uuid from json_array_elements_text(${list}::json)))`;
    return [...byText, ...walk(kind, states, byVersion)];
  });
  if (branches.length === 0) {
    return { sql: `select null as kind, null as id, null as "createdAt" where false`, binds: [] };
  }
  // A registration may match by its application and by its version: UNION shows it once.
  const merge = found && found.versions.length > 0 ? ' union ' : ' union all ';
  return {
    sql: `select kind, id, created_at as "createdAt" from (${branches.join(merge)}) merged
      order by created_at desc, id desc limit ${limit}`,
    binds,
  };
}

const wanted = 'from json_array_elements_text($1::json) wanted join';

/** Lines of the queue for a JSON list of ids, by kind. */
export const linesSql: Record<RequestKind, string> = {
  developer: `select 'developer' as kind, t.id, t.portal_id as "portalId", o.display_name as portal, t.state, t.revision,
      t.name as title, t.email as subtitle, t.created_at as "createdAt"
    ${wanted} developers t on t.id = wanted.value::uuid left join portals o on o.id = t.portal_id`,
  application: `select 'application' as kind, t.id, t.portal_id as "portalId", o.display_name as portal, t.state,
      t.revision, t.name as title, concat_ws(' · ', d.name, d.email) as subtitle, t.created_at as "createdAt"
    ${wanted} applications t on t.id = wanted.value::uuid left join portals o on o.id = t.portal_id
    left join developers d on d.id = t.developer_id`,
  registration: `select 'registration' as kind, t.id, t.portal_id as "portalId", o.display_name as portal, t.state,
      t.revision, concat(a.name, ' → ', coalesce(concat(p.name, ' ', v.name), '?')) as title,
      concat_ws(' · ', d.name, d.email) as subtitle, t.created_at as "createdAt"
    ${wanted} registrations t on t.id = wanted.value::uuid left join portals o on o.id = t.portal_id
    left join applications a on a.id = t.application_id left join developers d on d.id = t.developer_id
    left join versions v on v.id = t.version_id left join products p on p.id = v.product_id`,
};

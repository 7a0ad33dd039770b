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

export interface RefsQuery {
  readonly filter: QueueFilter;
  readonly after: QueuePosition | null;
  readonly limit: number;
  /** False while the search index is being filled: then the rows themselves are looked through. */
  readonly indexed: boolean;
  /** Ids that `versionsMatching` found. */
  readonly versions: readonly string[];
}

/** What the search asks of a table's row, by kind; several conditions are alternatives, each a branch of its own. */
function searchConditions(kind: RequestKind, query: RefsQuery, bind: (value: Bind) => string): string[] {
  const patterns = words(query.filter.search).map((word) => bind(pattern(word)));
  if (patterns.length === 0) return ['true'];
  const all = (text: string): string => patterns.map((one) => `${text} ilike ${one}`).join(' and ');
  const own = kind === 'registration' ? 'application' : kind;
  const id = kind === 'registration' ? 't.application_id' : 't.id';
  const body = own === 'developer' ? `concat(o.name, ' ', o.email)` : `concat(o.name, ' ', o.reference_id)`;
  const byText = query.indexed
    ? `${id} in (select s.id from search_texts s where s.kind = '${own}' and ${all('s.body')})`
    : `${id} in (select o.id from ${entities[own].table} o where ${all(body)})`;
  if (kind !== 'registration' || query.versions.length === 0) return [byText];
  const list = bind(JSON.stringify(query.versions));
  return [byText, `t.version_id in (select value::uuid from json_array_elements_text(${list}::json))`];
}

/** References in the queue's order, newest first: `kind`, `id`, `createdAt`. */
export function refsStatement(query: RefsQuery): Statement {
  const { filter, after } = query;
  const { binds, bind } = binder();
  const limit = bind(query.limit);
  const position = after
    ? `(t.created_at, t.id) < (${bind(after.createdAt)}::timestamptz, ${bind(after.id)}::uuid)`
    : 'true';
  const portal = filter.portalId === null ? 'true' : `t.portal_id = ${bind(filter.portalId)}::uuid`;
  const kinds = requestKinds.filter((kind) => filter.kinds.length === 0 || filter.kinds.includes(kind));
  const wanted: readonly string[] = filter.states;
  const branches = kinds.flatMap((kind) => {
    const conditions = searchConditions(kind, query, bind);
    const states = statesOf[kind].filter((state) => wanted.length === 0 || wanted.includes(state));
    return states.flatMap((state) =>
      conditions.map(
        (condition) => `(select '${kind}' as kind, t.id, t.created_at from ${entities[kind].table} t
          where t.state = '${state}' and ${position} and ${portal} and ${condition}
          order by t.created_at desc, t.id desc limit ${limit})`,
      ),
    );
  });
  if (branches.length === 0) {
    return { sql: `select null as kind, null as id, null as "createdAt" where false`, binds: [] };
  }
  // A registration may match by its application and by its version: UNION shows it once.
  const merge = query.versions.length > 0 ? ' union ' : ' union all ';
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

/** The queue: pages, counts and selections of the copy, with this desk's own decisions marked on the rows. */
import { z } from 'zod';
import {
  maxSelection,
  type DeskInput,
  type DeskOutputs,
  type QueueFilter,
} from '../../../domain/desk/api.ts';
import type { QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import { requestKinds, targetStateSchema, type RequestKind } from '../../../domain/states.ts';
import { upright } from '../../../domain/text.ts';
import { phaseOf, type JournalView } from '../journal/state.ts';
import type { ReplicaReader } from '../replica/replica.ts';
import {
  hitsMatching,
  linesSql,
  mostHits,
  refsStatement,
  versionsMatching,
  words,
  type Found,
  type SearchedKind,
} from './queue-sql.ts';

const kindSchema = z.enum(requestKinds);
/** Names stand beside addresses here, and rows may be older than the rule for names. */
const shownText = z.string().transform(upright);
const refSchema = z.strictObject({ kind: kindSchema, id: z.uuid(), createdAt: z.string() });
const lineSchema = z.strictObject({
  kind: kindSchema,
  id: z.uuid(),
  portalId: z.uuid(),
  portal: z.string().nullable(),
  state: targetStateSchema,
  revision: z.int(),
  title: shownText,
  subtitle: shownText,
  createdAt: z.string(),
});
const countSchema = z.strictObject({ kind: kindSchema, state: targetStateSchema, n: z.int() });
const idSchema = z.strictObject({ id: z.uuid() });
const hitSchema = z.strictObject({ kind: z.enum(['developer', 'application']), id: z.uuid() });

export interface QueueNeeds {
  readonly replica: ReplicaReader;
  readonly journal: JournalView;
  /** Milliseconds. */
  readonly now: number;
  /** Whether the search index is complete. */
  readonly indexed: boolean;
}

type Line = z.infer<typeof lineSchema>;

/** Adds what this desk decided about the row, and what came back otherwise than wished. */
function marked(line: Line, { journal, now }: QueueNeeds): QueueRow {
  const latest = journal.about(line.id).at(-1);
  const attention = journal.attentionOn(line.id);
  return {
    ...line,
    portal: line.portal ?? '',
    pending: latest
      ? {
          intent: latest.intent.id,
          batch: latest.intent.batch,
          action: latest.intent.action,
          phase: phaseOf(latest, now),
        }
      : null,
    attention: attention && { intent: attention.intent.id, kind: attention.kind },
  };
}

/** Rows for references, in their order; what has gone meanwhile is left out. */
export async function rowsFor(needs: QueueNeeds, refs: readonly RequestRef[]): Promise<QueueRow[]> {
  const found = new Map<string, Line>();
  for (const kind of requestKinds) {
    const ids = refs.flatMap((ref) => (ref.kind === kind ? [ref.id] : []));
    if (ids.length === 0) continue;
    const lines = await needs.replica.query(lineSchema, linesSql[kind], [JSON.stringify(ids)]);
    for (const line of lines) found.set(line.id, line);
  }
  return refs.flatMap(({ id }) => {
    const line = found.get(id);
    return line ? [marked(line, needs)] : [];
  });
}

/** Looks the words up: rare ones as a list of ids, common ones left to the walk along the queue. */
async function lookUp({ replica, indexed }: QueueNeeds, search: string): Promise<Found | null> {
  if (words(search).length === 0) return null;
  const byVersion = versionsMatching(search);
  const versions = (await replica.query(idSchema, byVersion.sql, byVersion.binds)).map(({ id }) => id);
  if (!indexed) return { hits: { developer: null, application: null }, versions, indexed };
  const byText = hitsMatching(search);
  const all = await replica.query(hitSchema, byText.sql, byText.binds);
  const of = (kind: SearchedKind): readonly string[] | null => {
    const ids = all.flatMap((hit) => (hit.kind === kind ? [hit.id] : []));
    return ids.length > mostHits ? null : ids;
  };
  return { hits: { developer: of('developer'), application: of('application') }, versions, indexed };
}

async function findRefs(
  needs: QueueNeeds,
  filter: QueueFilter,
  after: DeskInput<'queue.page'>['after'],
  limit: number,
): Promise<z.infer<typeof refSchema>[]> {
  const found = await lookUp(needs, filter.search);
  const { sql, binds } = refsStatement({ filter, after, limit, found });
  return needs.replica.query(refSchema, sql, binds);
}

export async function queuePage(
  needs: QueueNeeds,
  { filter, after, limit }: DeskInput<'queue.page'>,
): Promise<DeskOutputs['queue.page']> {
  const refs = await findRefs(needs, filter, after, limit + 1);
  const shown = refs.slice(0, limit);
  const last = shown.at(-1);
  const next = refs.length > limit && last ? { createdAt: last.createdAt, id: last.id } : null;
  return { rows: await rowsFor(needs, shown), next };
}

export async function queueSelect(
  needs: QueueNeeds,
  { filter }: DeskInput<'queue.select'>,
): Promise<DeskOutputs['queue.select']> {
  const refs = await findRefs(needs, filter, null, maxSelection + 1);
  return {
    refs: refs.slice(0, maxSelection).map(({ kind, id }) => ({ kind, id })),
    capped: refs.length > maxSelection,
  };
}

export async function queueCounts({ replica, journal }: QueueNeeds): Promise<DeskOutputs['queue.counts']> {
  const counts = await replica.query(countSchema, 'select kind, state, n from counters where n > 0');
  const of = (kind: RequestKind): Partial<Record<Line['state'], number>> =>
    Object.fromEntries(counts.flatMap((row) => (row.kind === kind ? [[row.state, row.n]] : [])));
  return {
    byKind: { developer: of('developer'), application: of('application'), registration: of('registration') },
    attention: journal.unresolved.size,
  };
}

/** Rows of the copy that an admin decides about. */
export async function rowCount(replica: ReplicaReader): Promise<number> {
  const [sum] = await replica.query(
    z.strictObject({ n: z.int() }),
    'select coalesce(sum(n), 0)::integer as n from counters',
  );
  return sum?.n ?? 0;
}

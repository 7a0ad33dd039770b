/**
 * Closes again what was closed after the backup, as ordinary changes: logged under those who closed it, so that gateways,
 * desks and the audit hear of it as of any other. Nothing is opened here.
 */
import { sql } from 'kysely';
import { entities, type EntityKind, type Row } from '../../domain/entities.ts';
import { isClosed, targetKinds } from '../../domain/states.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import type { ClosedRow } from '../closings/closed.ts';
import { gatherDeletions } from '../decisions/deletion.ts';
import { loadRows } from '../decisions/rows.ts';
import { gatherWrites } from '../decisions/writes.ts';

/** Children before parents, and what opens a service to a version before the service. */
const order: readonly EntityKind[] = [
  'credential',
  'registration',
  'application',
  'developer',
  'link',
  'service',
  'publication',
  'version',
  'product',
  'strategy',
  'gateway',
  'admin',
  'portal',
];

/** Answers how many rows it closed. */
export async function replayClosings(change: Change, closed: readonly ClosedRow[]): Promise<number> {
  let count = await removeTargets(
    change,
    closed.filter(({ gone }) => gone),
  );
  for (const kind of order) {
    const words = closed.filter((word) => word.kind === kind);
    if (words.length > 0) count += await closeKind(change, kind, words);
  }
  return count;
}

/** Deletions that are remembered, so that no rule ever undoes them. */
async function removeTargets(change: Change, gone: readonly ClosedRow[]): Promise<number> {
  const targets = gone.flatMap(({ kind: of, id, actor }) => {
    const kind = targetKinds.find((known) => known === of);
    return kind ? [{ action: 'delete' as const, target: { kind, id }, actor }] : [];
  });
  if (targets.length === 0) return 0;
  const rows = await loadRows(change.db, targets);
  const writes = gatherWrites(change);
  const deletions = gatherDeletions(rows, writes);
  const present = targets.filter(({ target }) => rows[target.kind].has(target.id));
  for (const { target, actor } of present) await deletions.remove(target, { actor });
  await deletions.remember(change);
  await writes.flush();
  return present.length;
}

async function closeKind(change: Change, kind: EntityKind, words: readonly ClosedRow[]): Promise<number> {
  const byId = new Map(words.map((word) => [word.id, word]));
  const found = await sql<{ id: string }>`
    select * from ${sql.table(entities[kind].table)} where id = any(${[...byId.keys()]}::uuid[])`.execute(
    change.db,
  );
  const causeOf = (row: Row<EntityKind>): Cause => ({ actor: byId.get(row.id)?.actor ?? 'system' });
  const gone: Row<EntityKind>[] = [];
  const closed: Row<EntityKind>[] = [];
  for (const raw of found.rows) {
    const row = entities[kind].schema.parse(raw);
    const word = byId.get(row.id);
    if (word?.gone) gone.push(row);
    const next = word && !word.gone ? closedAgain(kind, row, word) : null;
    if (next) closed.push(next);
  }
  await change.put<EntityKind>(kind, closed, causeOf);
  await change.drop<EntityKind>(kind, gone, causeOf);
  return closed.length + gone.length;
}

/** The row as it was closed, or null where it is closed already. */
function closedAgain(kind: EntityKind, row: Row<EntityKind>, word: ClosedRow): Row<EntityKind> | null {
  const before: Readonly<Record<string, unknown>> = row;
  const after = { ...row, ...closingPart(row, word) };
  const same = Object.entries(after).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(before[name]),
  );
  if (same) return null;
  const revision = Math.max(word.revision, row.revision + 1);
  const { contentRevision, decidedRevision, decidedBy, decidedAt, decidedAction } = word;
  const decided =
    decidedRevision === undefined
      ? {}
      : {
          contentRevision: Math.min(contentRevision ?? revision, revision),
          decidedRevision: decidedRevision === word.revision ? revision : decidedRevision,
          decidedBy,
          decidedAt,
          decidedAction,
          // Reasons stay in the database: what was said is gone with it.
          reason: null,
        };
  return entities[kind].schema.parse({ ...after, ...decided, revision });
}

/** What of the row the closing takes away. Wherever it says more than the row, the narrower of the two counts. */
function closingPart(row: Row<EntityKind>, word: ClosedRow): object {
  const { state, notAfter, live, open, strategyId, role, productIds } = word;
  return {
    ...(state !== undefined && 'state' in row && (isClosed(state) || word.kind === 'credential')
      ? { state }
      : {}),
    ...(notAfter !== undefined && 'notAfter' in row ? { notAfter: sooner(row.notAfter, notAfter) } : {}),
    ...(live !== undefined && 'live' in row ? { live: row.live && live } : {}),
    ...(open !== undefined && 'open' in row ? { open: row.open && open } : {}),
    ...(strategyId !== undefined && 'strategyId' in row ? { strategyId } : {}),
    // Every change of an admin is in the log of closings, so the last one is how it was.
    ...(role !== undefined && 'role' in row ? { role, productIds } : {}),
  };
}

function sooner(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

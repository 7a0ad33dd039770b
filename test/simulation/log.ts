/** The change log as the checks read it: commit by commit, rows and outcomes as they were written. */
import { z } from 'zod';
import { entityKindSchema, type EntityKind } from '../../domain/entities.ts';
import { outcomeSchema, type Outcome } from '../../domain/outcomes.ts';
import type { Db } from '../../sync-server/db/schema.ts';

export interface LoggedRow {
  readonly kind: EntityKind;
  readonly id: string;
  /** Null where it was deleted. */
  readonly row: unknown;
  readonly actor: string;
  readonly intent: string | null;
}

export interface LoggedOutcome {
  readonly outcome: Outcome;
  readonly device: string;
  readonly actor: string;
}

/** What happened without a row changing. */
export interface LoggedEvent {
  readonly name: string;
  /** Whom or what it happened to. */
  readonly subject: string;
}

/** What became true at one moment. */
export interface Commit {
  readonly to: number;
  readonly at: string;
  readonly rows: readonly LoggedRow[];
  readonly outcomes: readonly LoggedOutcome[];
  readonly events: readonly LoggedEvent[];
}

const payloadSchema = z.json();

interface Growing extends Commit {
  to: number;
  readonly rows: LoggedRow[];
  readonly outcomes: LoggedOutcome[];
  readonly events: LoggedEvent[];
}

/** All commits behind `after`. The servers' clocks never show the same moment twice, so a moment names a commit. */
export async function readCommits(db: Db, after: number): Promise<Commit[]> {
  const entries = await db
    .selectFrom('changeLog')
    .select(['seq', 'at', 'actor', 'device', 'intent', 'kind', 'action', 'entity', 'entityId', 'payload'])
    .where('seq', '>', after)
    .orderBy('seq')
    .execute();
  const commits: Growing[] = [];
  for (const { seq, at, actor, device, intent, kind, action, entity, entityId, payload } of entries) {
    let commit = commits.at(-1);
    if (commit?.at !== at) commits.push((commit = { to: seq, at, rows: [], outcomes: [], events: [] }));
    commit.to = seq;
    if (kind === 'event') commit.events.push({ name: action, subject: entityId ?? '' });
    if (!payload || (kind !== 'row' && kind !== 'outcome')) continue;
    const value = payloadSchema.parse(JSON.parse(payload.toString('utf8')));
    if (kind === 'outcome') {
      commit.outcomes.push({ outcome: outcomeSchema.parse(value), device: device ?? '', actor });
    } else {
      commit.rows.push({
        kind: entityKindSchema.parse(entity),
        id: entityId ?? '',
        row: value,
        actor,
        intent,
      });
    }
  }
  return commits;
}

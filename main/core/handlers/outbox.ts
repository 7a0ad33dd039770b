/** What this desk decided and what came back: the outbox, the answers that want attention, and the status bar's sums. */
import type { DeskOutputs } from '../../../domain/desk/api.ts';
import type { Status, SyncState } from '../../../domain/desk/rows.ts';
import { phaseOf, type JournalView } from '../journal/state.ts';
import { isoTime } from '../ports.ts';
import type { ReplicaReader } from '../replica/replica.ts';
import { whoIs } from './timeline.ts';

/** The most lines that a list answers; the total says how many there are. */
const mostLines = 1_000;

export function outboxList(journal: JournalView, now: number): DeskOutputs['outbox.list'] {
  const newest = [...journal.unanswered.values()].reverse().slice(0, mostLines);
  return {
    entries: newest.map((entry) => {
      const { id, batch, action, target, reason, decidedAt } = entry.intent;
      return {
        intent: id,
        batch,
        action,
        kind: target.kind,
        id: target.id,
        title: entry.title,
        reason,
        phase: phaseOf(entry, now),
        decidedAt,
        releaseAt: isoTime(entry.releaseAt),
      };
    }),
    total: journal.unanswered.size,
  };
}

export async function attentionList(
  journal: JournalView,
  replica: ReplicaReader,
): Promise<DeskOutputs['attention.list']> {
  const newest = [...journal.unresolved.values()].reverse().slice(0, mostLines);
  const actors = new Set(newest.flatMap(({ outcome }) => outcome.decision?.actor ?? []));
  const names = new Map<string, string>();
  for (const actor of actors) names.set(actor, await whoIs(replica, actor));
  return {
    entries: newest.map(({ intent, title, outcome, kind }) => ({
      intent: intent.id,
      kind,
      code: outcome.code,
      action: intent.action,
      target: intent.target,
      title,
      reason: intent.reason,
      decidedAt: intent.decidedAt,
      committedAt: outcome.committedAt,
      decision: outcome.decision && {
        ...outcome.decision,
        who: names.get(outcome.decision.actor) ?? outcome.decision.actor,
      },
    })),
    total: journal.unresolved.size,
  };
}

/** The newest batch of which something has not left yet. */
function undoable(journal: JournalView): Status['undo'] {
  const unsent = [...journal.unanswered.values()].filter(({ sent }) => !sent);
  const newest = unsent.at(-1);
  if (!newest) return null;
  const { batch, action } = newest.intent;
  const together = unsent.filter(({ intent }) => intent.batch === batch);
  const until = together.reduce((latest, { releaseAt }) => Math.max(latest, releaseAt), 0);
  return { batch, action, count: together.length, until: isoTime(until) };
}

export function statusOf(sync: SyncState, journal: JournalView, now: number, rows: number): Status {
  const phases = { held: 0, waiting: 0, sent: 0 };
  for (const entry of journal.unanswered.values()) phases[phaseOf(entry, now)]++;
  return { sync, ...phases, attention: journal.unresolved.size, undo: undoable(journal), rows };
}

/** A journal as a desk writes it, and what it had acknowledged at each length. */
import { randomUUID } from 'node:crypto';
import type { Intent } from '../../../../domain/intents.ts';
import type { Outcome } from '../../../../domain/outcomes.ts';
import type { JournalDisk } from '../../../../main/core/journal/disk.ts';
import type { Entry } from '../../../../main/core/journal/entries.ts';
import { openJournal, type Journal } from '../../../../main/core/journal/journal.ts';

const now = Date.parse('2026-06-01T00:00:00.000Z');
const at = new Date(now).toISOString();
const owner = { server: 'http://localhost:1', admin: '00000000-0000-4000-8000-000000000001' };

export const openOwn = (disk: JournalDisk): Promise<Journal> => openJournal(disk, owner, now);

/** What the admin would see of a journal, as one text. */
export function seen({ unanswered, unresolved }: Journal): string {
  return JSON.stringify([[...unanswered.values()], [...unresolved.keys()]]);
}

export function decision(): Entry {
  const intent: Intent = {
    id: randomUUID(),
    device: randomUUID(),
    batch: randomUUID(),
    action: 'approve',
    target: { kind: 'developer', id: randomUUID() },
    reason: 'naïve → ok',
    decidedAt: at,
    basis: { developer: 1 },
  };
  return { t: 'intent', intent, releaseAt: at, title: 'Ada' };
}

const idOf = (entry: Entry): string => (entry.t === 'intent' ? entry.intent.id : '');

function outcome(entry: Entry, kind: Outcome['kind']): Entry {
  const answered: Outcome = {
    intent: idOf(entry),
    kind,
    code: kind === 'applied' ? null : 'decided_otherwise',
    action: 'approve',
    state: 'approved',
    revisions: {},
    decision: null,
    committedAt: at,
  };
  return { t: 'outcome', outcome: answered };
}

export interface Acknowledged {
  /** How long the file was when it was acknowledged. */
  readonly length: number;
  readonly seen: string;
}

/** Writes decisions, departures, answers and undos until the file has `bytes` bytes. */
export async function writeJournal(
  disk: JournalDisk,
  bytes: number,
): Promise<{ readonly whole: Buffer; readonly steps: readonly Acknowledged[] }> {
  const journal = await openOwn(disk);
  const steps: Acknowledged[] = [];
  const record = async (...entries: Entry[]): Promise<void> => {
    await journal.record(entries);
    steps.push({ length: (await disk.read()).length, seen: seen(journal) });
  };
  steps.push({ length: (await disk.read()).length, seen: seen(journal) });
  while ((steps.at(-1)?.length ?? 0) < bytes) {
    const [a, b, c] = [decision(), decision(), decision()];
    await record(a, b, c);
    await record({ t: 'sent', intents: [idOf(a), idOf(b)], at });
    await record({ t: 'cancel', intents: [idOf(c)], at, why: 'undo' });
    await record(outcome(a, 'applied'), outcome(b, 'superseded'));
    await record(decision());
  }
  await journal.close();
  return { whole: await disk.read(), steps };
}

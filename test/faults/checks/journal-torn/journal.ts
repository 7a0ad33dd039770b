/** A journal as a desk writes it, and what it had acknowledged at each length. */
import type { OutcomeKind } from '../../../../domain/outcomes.ts';
import type { JournalDisk } from '../../../../main/core/journal/disk.ts';
import type { Entry, IntentEntry } from '../../../../main/core/journal/entries.ts';
import { openJournal, type Journal } from '../../../../main/core/journal/journal.ts';
import { intentEntry, testIntent, testOutcome } from '../../../../main/core/testing/journal.ts';

const now = Date.parse('2026-06-01T00:00:00.000Z');
const at = new Date(now).toISOString();
const owner = { server: 'http://localhost:1', admin: '00000000-0000-4000-8000-000000000001' };

export const openOwn = (disk: JournalDisk): Promise<Journal> => openJournal(disk, owner, now);

/** What the admin would see of a journal, as one text. */
export function seen({ unanswered, unresolved }: Journal): string {
  return JSON.stringify([[...unanswered.values()], [...unresolved.keys()]]);
}

export const decision = (): IntentEntry => intentEntry(testIntent(at));

const outcome = ({ intent }: IntentEntry, kind: OutcomeKind): Entry => ({
  t: 'outcome',
  outcome: testOutcome(intent, kind, at),
});

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
    await record({ t: 'sent', intents: [a.intent.id, b.intent.id], at });
    await record({ t: 'cancel', intents: [c.intent.id], at, why: 'undo' });
    await record(outcome(a, 'applied'), outcome(b, 'superseded'));
    await record(decision());
  }
  await journal.close();
  return { whole: await disk.read(), steps };
}

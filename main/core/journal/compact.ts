/** What a journal may forget: decisions that were answered, or taken back, more than 90 days ago and are dealt with. */
import type { JournalDisk } from './disk.ts';
import type { Entry } from './entries.ts';
import { encodeRecord } from './records.ts';
import type { JournalView } from './state.ts';

/** How long answered decisions stay on the desk, in milliseconds. */
export const keptFor = 90 * 24 * 60 * 60 * 1000;

/** The ids of decisions that were over before `since` (milliseconds) and want nothing more. */
function forgettable(entries: readonly Entry[], view: JournalView, since: number): Set<string> {
  const over = new Set<string>();
  for (const entry of entries) {
    if (entry.t === 'outcome' && Date.parse(entry.outcome.committedAt) < since)
      over.add(entry.outcome.intent);
    if (entry.t === 'cancel' && Date.parse(entry.at) < since) for (const id of entry.intents) over.add(id);
  }
  for (const id of [...over]) if (view.unanswered.has(id) || view.unresolved.has(id)) over.delete(id);
  return over;
}

function without(entry: Entry, over: ReadonlySet<string>): Entry[] {
  switch (entry.t) {
    case 'journal':
      return [entry];
    case 'intent':
      return over.has(entry.intent.id) ? [] : [entry];
    case 'outcome':
      return over.has(entry.outcome.intent) ? [] : [entry];
    case 'resolved':
      return over.has(entry.intent) ? [] : [entry];
    case 'cancel':
    case 'sent': {
      const intents = entry.intents.filter((id) => !over.has(id));
      return intents.length > 0 ? [{ ...entry, intents }] : [];
    }
  }
}

/** Rewrites the file without what may be forgotten; false where there is nothing to forget. Before it is opened. */
export async function compact(
  disk: JournalDisk,
  entries: readonly Entry[],
  view: JournalView,
  now: number,
): Promise<boolean> {
  const over = forgettable(entries, view, now - keptFor);
  if (over.size === 0) return false;
  await disk.replace(encodeRecord(entries.flatMap((entry) => without(entry, over))));
  return true;
}

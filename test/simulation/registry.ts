/** Every intent that anybody made in a world, and those that a schedule's admins were told are recorded. */
import type { Intent } from '../../domain/intents.ts';
import { readRecords } from '../../main/core/journal/records.ts';
import type { DeskNode } from './desk.ts';
import { intentKey } from './model.ts';

export interface Registry {
  /** By device and id: the device that sends it, which is not always the one that it names. */
  readonly made: Map<string, Intent>;
  /** What a desk said was recorded, in this schedule. */
  readonly acknowledged: { desk: DeskNode; intent: string }[];
}

/** What became of one intent by its desk's own journal. */
export interface Journalled {
  readonly intent: Intent;
  readonly outcomes: readonly string[];
  readonly cancelled: boolean;
  readonly sent: boolean;
}

interface Gathered extends Journalled {
  readonly outcomes: string[];
  cancelled: boolean;
  sent: boolean;
}

const read = new WeakMap<Buffer, ReadonlyMap<string, Journalled>>();

/** The journal as it is on the disk, by intent. */
export function readJournal({ disk }: DeskNode): ReadonlyMap<string, Journalled> {
  const bytes = disk.bytes();
  const known = read.get(bytes) ?? parseJournal(bytes);
  read.set(bytes, known);
  return known;
}

function parseJournal(bytes: Buffer): Map<string, Journalled> {
  const found = new Map<string, Gathered>();
  for (const entry of readRecords(bytes).entries) {
    if (entry.t === 'intent')
      found.set(entry.intent.id, { intent: entry.intent, outcomes: [], cancelled: false, sent: false });
    if (entry.t === 'outcome') found.get(entry.outcome.intent)?.outcomes.push(JSON.stringify(entry.outcome));
    if (entry.t !== 'cancel' && entry.t !== 'sent') continue;
    for (const id of entry.intents) {
      const known = found.get(id);
      if (known && entry.t === 'cancel') known.cancelled = true;
      if (known && entry.t === 'sent') known.sent = true;
    }
  }
  return found;
}

/** Adds what the desks' journals hold: a desk whose device was removed sends what is left as the one that it is now. */
export function register(registry: Registry, desks: readonly DeskNode[]): void {
  for (const desk of desks) {
    for (const { intent } of readJournal(desk).values())
      for (const device of new Set([intent.device, ...desk.devices]))
        registry.made.set(intentKey(device, intent.id), intent);
  }
}

/**
 * From a wish to intents: what is possible is judged on the rows with this desk's own unanswered decisions laid over
 * them, the rest is left alone with a code. Pure: rows, journal and time in, entries out.
 */
import type { ErrorCode } from '../../../domain/error-codes.ts';
import type { Intent } from '../../../domain/intents.ts';
import { mayDecide, seesProduct, type Rights } from '../../../domain/rights.ts';
import { isClosing, nextState, wishedState, type Action } from '../../../domain/states.ts';
import type { IntentEntry } from '../journal/entries.ts';
import type { JournalView, Unanswered } from '../journal/state.ts';
import { isoTime } from '../ports.ts';
import { effectiveState } from './effective.ts';
import type { Known } from './targets.ts';

export interface Wish {
  readonly action: Action;
  readonly reason: string | null;
  readonly batch: string;
  readonly device: string;
  readonly rights: Rights;
  /** Milliseconds. */
  readonly now: number;
  /** How long it rests before it leaves, in milliseconds. */
  readonly hold: number;
  readonly newId: () => string;
}

export interface Plan {
  readonly intents: readonly IntentEntry[];
  /** Opening decisions that have not left yet and that this closing one takes back. */
  readonly cancelled: readonly string[];
  /** Rows for which taking back was all there was to do. */
  readonly withdrawn: number;
  readonly skipped: readonly { readonly id: string; readonly code: ErrorCode }[];
}

type Pending = Pick<Unanswered, 'intent' | 'releaseAt' | 'sent'>;

/** A revoke leaves at once: what it closes must not stay open for the sake of an undo. */
function restsFor(action: Action, hold: number): number {
  return action === 'revoke' ? 0 : hold;
}

function newest(entries: readonly Pending[]): Pending | null {
  return entries.reduce<Pending | null>(
    (latest, entry) => (latest && latest.intent.id > entry.intent.id ? latest : entry),
    null,
  );
}

/** Only registrations belong to one product; whoever may decide other kinds may do so for all. */
function isTheirs(rights: Rights, { kind, productId }: Known): boolean {
  return kind !== 'registration' || seesProduct(rights, productId);
}

/** Plans `wish` for each of the rows in `known`. */
export function plan(wish: Wish, known: readonly Known[], journal: JournalView): Plan {
  const intents: IntentEntry[] = [];
  const cancelled: string[] = [];
  const skipped: { id: string; code: ErrorCode }[] = [];
  /** The new decisions of this batch by row, so that later ones of it can build on them. */
  const fresh = new Map<string, readonly Pending[]>();
  let withdrawn = 0;

  for (const target of known) {
    if (!mayDecide(wish.rights.role, wish.action, target.kind) || !isTheirs(wish.rights, target)) {
      skipped.push({ id: target.id, code: 'forbidden' });
      continue;
    }
    const pending = journal.about(target.id);
    const taken = isClosing(wish.action)
      ? pending.filter(({ intent, sent }) => !sent && !isClosing(intent.action))
      : [];
    cancelled.push(...taken.map(({ intent }) => intent.id));
    const left = pending.filter((entry) => !taken.includes(entry));

    const code = objection(wish.action, target, left);
    if (code) {
      if (taken.length > 0) withdrawn++;
      else skipped.push({ id: target.id, code });
      continue;
    }
    const related = target.related.flatMap((id) => [...journal.about(id), ...(fresh.get(id) ?? [])]);
    const after = newest([...left, ...related]);
    const entry = compose(wish, target, after);
    intents.push(entry);
    fresh.set(target.id, [{ intent: entry.intent, releaseAt: Date.parse(entry.releaseAt), sent: false }]);
  }
  return { intents, cancelled, withdrawn, skipped };
}

/** Why the action makes no sense on what the row is going to be, or null. */
function objection(action: Action, target: Known, left: readonly Pending[]): ErrorCode | null {
  const { kind } = target;
  const at = effectiveState(
    kind,
    target.state,
    left.map(({ intent }) => intent),
  );
  if (at === wishedState(kind, action)) return 'already_decided';
  if (at === 'deleted') return 'target_gone';
  return nextState(kind, at, action) ? null : 'illegal_transition';
}

function compose(wish: Wish, target: Known, after: Pending | null): IntentEntry {
  const rested = wish.now + restsFor(wish.action, wish.hold);
  // What builds on a resting decision must not arrive before it; what closes waits for nothing.
  const earliest = after && !after.sent && !isClosing(wish.action) ? after.releaseAt : 0;
  const intent: Intent = {
    id: wish.newId(),
    device: wish.device,
    batch: wish.batch,
    action: wish.action,
    target: { kind: target.kind, id: target.id },
    reason: wish.reason,
    decidedAt: isoTime(wish.now),
    basis: target.basis,
    ...(after ? { after: after.intent.id } : {}),
  };
  return { t: 'intent', intent, releaseAt: isoTime(Math.max(rested, earliest)), title: target.title };
}

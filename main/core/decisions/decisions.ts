/**
 * All that happens to this desk's decisions, one after the other: deciding, taking back, leaving, being answered. So no
 * undo can slip between a decision being picked for the server and its `sent` being on the disk.
 */
import type { DeskInput, DeskOutputs } from '../../../domain/desk/api.ts';
import type { Cursor } from '../../../domain/cursor.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Lineage } from '../../../domain/lineage.ts';
import type { Intent } from '../../../domain/intents.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import type { Rights } from '../../../domain/rights.ts';
import { storable } from '../../../domain/text.ts';
import { takenBack } from '../journal/answered.ts';
import type { Entry } from '../journal/entries.ts';
import type { Journal } from '../journal/journal.ts';
import { isReleased, inOrder } from '../journal/state.ts';
import { isoTime, type Clock } from '../ports.ts';
import type { ReplicaReader } from '../replica/replica.ts';
import { serial } from '../serial.ts';
import { plan, type Plan, type Wish } from './plan.ts';
import { stepsTo } from './steps.ts';
import { findTargets } from './targets.ts';

export interface DecisionsNeeds {
  readonly replica: ReplicaReader;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Milliseconds that everything but a revoke rests. */
  readonly hold: number;
  readonly device: () => string;
  readonly rights: () => Rights;
}

export interface Decisions {
  readonly journal: Journal;
  decide(input: DeskInput<'decide'>): Promise<DeskOutputs['decide']>;
  /** Takes back what has not left. Throws `undo_too_late` where all of it has. */
  undo(batch: string): Promise<DeskOutputs['undo']>;
  resolve(input: DeskInput<'attention.resolve'>): Promise<DeskOutputs['attention.resolve']>;
  /**
   * The next decisions to send, oldest first, each journalled as sent before this resolves. `offered` are those that
   * this connection has sent; `size` says how many bytes one takes. All of them where holds are `ended`.
   */
  leave(limits: LeaveLimits): Promise<readonly Intent[]>;
  /** `at` is where the server's log was when they came with it. */
  answered(outcomes: readonly Outcome[], at?: Cursor): Promise<void>;
  /**
   * After a restore: what the history of `epoch` has lost is journalled as on its way again. Answers how many. `lineage` is
   * only asked for where anything could be lost.
   */
  offerAgain(epoch: number, lineage: () => Promise<Lineage>): Promise<number>;
  /** Takes back for good all that has no answer, for a sign-out. Answers how many. */
  discard(): Promise<number>;
}

export interface LeaveLimits {
  readonly offered: ReadonlySet<string>;
  readonly count: number;
  readonly bytes: number;
  readonly size: (intent: Intent) => number;
  readonly ended: boolean;
}

/** Decisions that are journalled in one go. */
const perRecord = 1_000;

export function decisionsOf(needs: DecisionsNeeds): Decisions {
  const { journal, replica, clock } = needs;
  const inTurn = serial();

  const wishFor = (action: Wish['action'], reason: string | null, batch: string): Wish => ({
    action,
    reason,
    batch,
    device: needs.device(),
    rights: needs.rights(),
    now: clock.now(),
    hold: needs.hold,
    newId: needs.newId,
  });

  const commit = async ({ intents, cancelled }: Plan): Promise<void> => {
    const at = isoTime(clock.now());
    const taken: Entry[] =
      cancelled.length > 0 ? [{ t: 'cancel', intents: [...cancelled], at, why: 'withdrawn' }] : [];
    await journal.record([...taken, ...intents]);
  };

  const decide = async ({ action, targets, reason }: DeskInput<'decide'>): Promise<DeskOutputs['decide']> => {
    const known = await findTargets(replica, targets);
    const found = new Set(known.map(({ id }) => id));
    const missing = targets.flatMap(({ id }) =>
      found.has(id) ? [] : [{ id, code: 'target_gone' as const }],
    );
    const wish = wishFor(action, reason, needs.newId());
    const planned = plan(wish, known, journal);
    await commit(planned);
    const releases = planned.intents.map(({ releaseAt }) => releaseAt).sort();
    return {
      batch: wish.batch,
      recorded: planned.intents.length,
      withdrawn: planned.withdrawn,
      skipped: [...missing, ...planned.skipped],
      releaseAt: releases.at(-1) ?? isoTime(wish.now),
    };
  };

  const undo = async (batch: string): Promise<DeskOutputs['undo']> => {
    const ofBatch = [...journal.unanswered.values()].filter(({ intent }) => intent.batch === batch);
    const intents = ofBatch.flatMap(({ intent, sent }) => (sent ? [] : [intent.id]));
    if (intents.length === 0) throw new GatehouseError('undo_too_late');
    await journal.record([{ t: 'cancel', intents, at: isoTime(clock.now()), why: 'undo' }]);
    return { undone: intents.length, tooLate: ofBatch.length - intents.length };
  };

  /** Asks again on what the row is now; what was wished may take two steps from there. */
  const askAgain = async (intent: Intent): Promise<string> => {
    const batch = needs.newId();
    const [target] = await findTargets(replica, [intent.target]);
    if (!target) throw new GatehouseError('target_gone');
    const steps = stepsTo(target.kind, target.state, intent.action);
    if (steps.length === 0) throw new GatehouseError('illegal_transition');
    // What an older desk let through would be refused again.
    const reason = intent.reason === null ? null : storable(intent.reason);
    for (const action of steps) {
      const planned = plan(wishFor(action, reason, batch), [target], journal);
      const [skipped] = planned.skipped;
      if (skipped) throw new GatehouseError(skipped.code);
      await commit(planned);
    }
    return batch;
  };

  const resolve = async ({
    intent: id,
    choice,
  }: DeskInput<'attention.resolve'>): Promise<DeskOutputs['attention.resolve']> => {
    const found = journal.unresolved.get(id);
    if (!found) throw new GatehouseError('not_found');
    const batch = choice === 'ask-again' ? await askAgain(found.intent) : null;
    await journal.record([{ t: 'resolved', intent: id, choice, at: isoTime(clock.now()) }]);
    return { batch };
  };

  const leave = async ({ offered, count, bytes, size, ended }: LeaveLimits): Promise<readonly Intent[]> => {
    const now = clock.now();
    const leaving: Intent[] = [];
    const unsent: string[] = [];
    let room = bytes;
    for (const entry of inOrder(journal.unanswered.values())) {
      const { intent, sent } = entry;
      if (offered.has(intent.id) || !(sent || ended || isReleased(entry, now))) continue;
      room -= size(intent);
      if (leaving.length === count || (room < 0 && leaving.length > 0)) break;
      leaving.push(intent);
      if (!sent) unsent.push(intent.id);
    }
    if (unsent.length > 0) await journal.record([{ t: 'sent', intents: unsent, at: isoTime(now) }]);
    return leaving;
  };

  const answered = (outcomes: readonly Outcome[], at?: Cursor): Promise<void> =>
    journal.record(
      outcomes
        .filter(({ intent }) => journal.unanswered.has(intent))
        .map((outcome) => ({ t: 'outcome', outcome, ...(at ? { at } : {}) })),
    );

  const offerAgain = async (epoch: number, lineage: Lineage): Promise<number> => {
    const lost = takenBack(await journal.answered(), lineage);
    for (let from = 0; from < lost.length; from += perRecord) {
      await journal.record(
        lost.slice(from, from + perRecord).map(({ entry }) => ({ ...entry, again: epoch })),
      );
    }
    return lost.length;
  };

  const discard = async (): Promise<number> => {
    const intents = [...journal.unanswered.keys()];
    if (intents.length > 0) {
      await journal.record([{ t: 'cancel', intents, at: isoTime(clock.now()), why: 'discarded' }]);
    }
    return intents.length;
  };

  return {
    journal,
    decide: (input) => inTurn(() => decide(input)),
    undo: (batch) => inTurn(() => undo(batch)),
    resolve: (input) => inTurn(() => resolve(input)),
    leave: (limits) => inTurn(() => leave(limits)),
    answered: (outcomes, at) => inTurn(() => answered(outcomes, at)),
    offerAgain: async (epoch, askLineage) => {
      if ((await inTurn(() => journal.answered())).length === 0) return 0;
      // Not in its turn: no decision ever waits for the network.
      const lineage = await askLineage();
      return inTurn(() => offerAgain(epoch, lineage));
    },
    discard: () => inTurn(discard),
  };
}

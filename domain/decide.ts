/**
 * What the authority does with an intent: one pure function, used by the server on its rows and by every simulation.
 * The order of the checks is the contract; the first that matches decides.
 *
 *   1 known (device, id): the stored outcome; the same id with another digest is refused
 *   2 a reason that cannot be kept, no right, or no such target: refused
 *   3 already as wished, or a reject or revoke of something already closed: noop
 *   4 revoke or delete, on any basis, where legal: applied
 *   5 reject of something approved: applied as revoke, the reason kept
 *   6 reject where the requester changed the content since: stale
 *   7 approve, reinstate or reopen on an old basis: superseded where an admin or a rule decided since, else stale
 *   8 illegal transition: refused; else applied
 *
 * So nothing opens on an old basis, and what closes wins in whatever order things arrive.
 */
import type { ErrorCode } from './error-codes.ts';
import { basisOf, type Basis, type Intent } from './intents.ts';
import type { Decision, Outcome } from './outcomes.ts';
import { isClosed, isClosing, nextState, wishedState, type Action, type TargetState } from './states.ts';
import { isStorable } from './text.ts';

/** The parts of a row that decisions look at. */
export interface Judged {
  readonly id: string;
  readonly revision: number;
  readonly contentRevision: number;
  readonly decidedRevision: number;
  readonly decision: Decision | null;
}

/** A row that an intent is about. */
export interface JudgedTarget extends Judged {
  readonly state: TargetState;
}

/** All that the rule may look at: the rows as they are now, and what this device has had answered before. */
export interface View {
  /** The stored outcome of this very (device, id), with the digest of the intent that it answered. */
  readonly known: { readonly digest: string; readonly outcome: Outcome } | null;
  readonly digest: string;
  readonly allowed: boolean;
  /** Null where it does not exist or may not be seen: the two must not differ. */
  readonly target: JudgedTarget | null;
  /** The rows named by `basisOf` beside the target. */
  readonly related: Partial<Record<keyof Basis, Judged>>;
  /** The outcome of the intent that `after` names, of the same device. */
  readonly after: Outcome | null;
  /** The server's clock. */
  readonly now: string;
}

/** What becomes of the target's row. */
export interface TargetChange {
  readonly state: TargetState | 'deleted';
  readonly action: Action;
  readonly revision: number;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** Null where nothing changes. */
  readonly change: TargetChange | null;
  /** True where the outcome was stored before and must not be stored again. */
  readonly repeated: boolean;
}

/** Decides one intent. Throws never; replaying any intent changes nothing. */
export function decide(view: View, intent: Intent): Verdict {
  const { known, target } = view;
  if (known) {
    if (known.digest === view.digest) return { outcome: known.outcome, change: null, repeated: true };
    return { ...verdict(view, intent, 'refused', 'intent_reused', null), repeated: true };
  }
  if (intent.reason !== null && !isStorable(intent.reason)) {
    return verdict(view, intent, 'refused', 'invalid_input', null);
  }
  if (!view.allowed) return verdict(view, intent, 'refused', 'forbidden', null);
  if (!target) return verdict(view, intent, 'refused', 'target_gone', null);

  const { action } = intent;
  const wished = wishedState(intent.target.kind, action);
  const closing = isClosing(action);
  if (target.state === wished || (closing && action !== 'delete' && isClosed(target.state))) {
    return noop(view, intent, target);
  }
  if (action === 'revoke' || action === 'delete') {
    const next = nextState(intent.target.kind, target.state, action);
    return next ? applied(view, intent, target, action, next) : illegal(view, intent, target);
  }
  if (action === 'reject') {
    if (target.state === 'approved') return applied(view, intent, target, 'revoke', 'revoked');
    const seen = seenRevision(view, intent, intent.target.kind, target);
    if (seen === undefined || target.contentRevision > seen) {
      return verdict(view, intent, 'stale', 'content_changed', target.state);
    }
  } else {
    const old = outdated(view, intent, target);
    if (old.length > 0) return overtaken(view, intent, target, old);
  }
  const next = nextState(intent.target.kind, target.state, action);
  return next ? applied(view, intent, target, action, next) : illegal(view, intent, target);
}

/** The revision of `row` that the admin may be taken to have seen: the basis, or the result of `after`. */
function seenRevision(view: View, intent: Intent, name: keyof Basis, row: Judged): number | undefined {
  const { after } = view;
  const carried =
    after && (after.kind === 'applied' || after.kind === 'noop') ? after.revisions[row.id] : undefined;
  const stated = intent.basis[name];
  return carried === undefined ? stated : Math.max(carried, stated ?? 0);
}

interface Outdated {
  readonly row: Judged;
  readonly seen: number;
}

/** The rows of the basis that are not as the admin saw them; a row that was never seen counts as not seen. */
function outdated(view: View, intent: Intent, target: JudgedTarget): Outdated[] {
  return judgedRows(view, intent, target).flatMap(({ name, row }) => {
    const seen = seenRevision(view, intent, name, row);
    return seen === row.revision ? [] : [{ row, seen: seen ?? -1 }];
  });
}

function judgedRows(view: View, intent: Intent, target: JudgedTarget): { name: keyof Basis; row: Judged }[] {
  return basisOf[intent.target.kind].flatMap((name) => {
    const row = name === intent.target.kind ? target : view.related[name];
    return row ? [{ name, row }] : [];
  });
}

function overtaken(view: View, intent: Intent, target: JudgedTarget, old: Outdated[]): Verdict {
  const decisions = old.flatMap(({ row, seen }) =>
    row.decision && row.decidedRevision > seen ? [row.decision] : [],
  );
  const latest = decisions.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  if (!latest) return verdict(view, intent, 'stale', 'content_changed', target.state);
  const answer = verdict(view, intent, 'superseded', 'decided_otherwise', target.state);
  return { ...answer, outcome: { ...answer.outcome, decision: latest } };
}

function illegal(view: View, intent: Intent, target: JudgedTarget): Verdict {
  return verdict(view, intent, 'refused', 'illegal_transition', target.state);
}

/**
 * Nothing to do. A later intent may build on it only where it wished to open, somebody opened it already, and nothing
 * that the requester wrote is unseen; a closing one never entitles to a reopening over another's decision.
 */
function noop(view: View, intent: Intent, target: JudgedTarget): Verdict {
  const answer = verdict(view, intent, 'noop', 'already_decided', target.state);
  const seen = seenRevision(view, intent, intent.target.kind, target);
  const entitled = !isClosing(intent.action) && seen !== undefined && target.contentRevision <= seen;
  return entitled ? carrying(view, intent, answer, target, target.revision) : answer;
}

function applied(
  view: View,
  intent: Intent,
  target: JudgedTarget,
  action: Action,
  state: TargetState | 'deleted',
): Verdict {
  const revision = target.revision + 1;
  const answer = verdict(view, intent, 'applied', null, state);
  const done: Verdict = {
    ...answer,
    outcome: { ...answer.outcome, action },
    change: { state, action, revision },
  };
  // A closing decision on an old basis stands, but does not count as having seen what it closed.
  const current = seenRevision(view, intent, intent.target.kind, target) === target.revision;
  return current ? carrying(view, intent, done, target, revision) : done;
}

/** Adds what a later intent may take as seen: this result and, through `after`, those it was built on itself. */
function carrying(
  view: View,
  intent: Intent,
  answer: Verdict,
  target: JudgedTarget,
  revision: number,
): Verdict {
  const inherited = judgedRows(view, intent, target).flatMap(({ row }) => {
    const carried = view.after?.revisions[row.id];
    return carried === undefined ? [] : [[row.id, carried] as const];
  });
  const revisions = { ...Object.fromEntries(inherited), [target.id]: revision };
  return { ...answer, outcome: { ...answer.outcome, revisions } };
}

function verdict(
  view: View,
  intent: Intent,
  kind: Outcome['kind'],
  code: ErrorCode | null,
  state: Outcome['state'],
): Verdict {
  const outcome: Outcome = {
    intent: intent.id,
    kind,
    code,
    action: intent.action,
    state,
    revisions: {},
    decision: null,
    committedAt: view.now,
  };
  return { outcome, change: null, repeated: false };
}

/**
 * What should have become true: the domain's own `decide` over the rows of the log, intent by intent in the order in which
 * the authority took them. Every commit is held against it.
 */
import { canonicalJson } from '../../domain/canonical.ts';
import { decide, type Judged, type JudgedTarget, type TargetChange, type View } from '../../domain/decide.ts';
import type { Row } from '../../domain/entities.ts';
import { basisOf, type Basis, type Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import { mayDecide } from '../../domain/rights.ts';
import { isClosing, type TargetKind, type TargetState } from '../../domain/states.ts';
import type { Findings } from '../faults/check.ts';
import type { Commit, LoggedOutcome, LoggedRow } from './log.ts';
import { emptyRows, putRow, type Rows } from './rows.ts';

/** One change of a row that decisions look at, in the order of the log. */
export interface Step {
  readonly row: string;
  readonly revision: number;
  readonly state: TargetState | 'deleted' | null;
  /** Null where no intent made it. */
  readonly intent: string | null;
  readonly actor: string;
}

/** An intent that opened something, with how many steps had been taken before. */
export interface Opening {
  readonly intent: Intent;
  readonly before: number;
  /** The rows of its basis at that moment. */
  readonly rows: Partial<Record<keyof Basis, string>>;
}

export interface Model {
  readonly rows: Rows;
  readonly steps: readonly Step[];
  readonly openings: readonly Opening[];
  /** By device and id. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Takes a commit; `made` knows all intents that anybody ever made. */
  follow(commit: Commit, made: ReadonlyMap<string, Intent>, findings: Findings): void;
}

export const intentKey = (device: string, intent: string): string => `${device} ${intent}`;

type Decided = { readonly [K in keyof Judged]: Judged[K] } & { readonly state: TargetState };

/** The one row of a kind that an intent's target is judged with. */
function relatedIds(rows: Rows, { target: { kind, id } }: Intent): Partial<Record<keyof Basis, string>> {
  if (kind === 'credential') return { credential: id };
  if (kind === 'developer') return { developer: id };
  if (kind === 'application') {
    const owner = rows.application.get(id)?.developerId;
    return { application: id, ...(owner === undefined ? {} : { developer: owner }) };
  }
  const found = rows.registration.get(id);
  if (!found) return { registration: id };
  const { applicationId: application, publicationId: publication } = found;
  const developer = rows.application.get(application)?.developerId ?? found.developerId;
  return { registration: id, application, developer, publication };
}

function judgedRow(rows: Rows, kind: keyof Basis, id: string): Decided | null {
  if (kind === 'credential') {
    const row = rows.credential.get(id);
    return row
      ? {
          id,
          revision: row.revision,
          contentRevision: 0,
          decidedRevision: 0,
          decision: null,
          state: row.state,
        }
      : null;
  }
  const row = kind === 'publication' ? rows.publication.get(id) : rows[kind].get(id);
  if (!row) return null;
  const {
    revision,
    contentRevision,
    decidedRevision,
    decidedBy: actor,
    decidedAt: at,
    decidedAction: action,
    reason,
  } = row;
  const decision = actor !== null && at !== null && action !== null ? { actor, at, action, reason } : null;
  // Publications are judged by their revision only.
  const state: TargetState = 'state' in row ? row.state : 'approved';
  return { id, revision, contentRevision, decidedRevision, decision, state };
}

export function createModel(): Model {
  const rows = emptyRows();
  const steps: Step[] = [];
  const openings: Opening[] = [];
  const outcomes = new Map<string, Outcome>();
  const digests = new Map<string, string>();
  /** Devices that were removed and admins who were let go. */
  const shutOut = new Set<string>();

  const viewOf = (intent: Intent, key: string, { actor, device }: LoggedOutcome, now: string): View => {
    const ids = relatedIds(rows, intent);
    const related: Partial<Record<keyof Basis, Judged>> = {};
    for (const name of basisOf[intent.target.kind]) {
      const row = judgedRow(rows, name, ids[name] ?? '');
      if (row) related[name] = row;
    }
    const admin = rows.admin.get(actor.replace(/^admin:/, ''));
    const stored = outcomes.get(key);
    const target: JudgedTarget | null = judgedRow(rows, intent.target.kind, intent.target.id);
    return {
      known: stored ? { digest: digests.get(key) ?? '', outcome: stored } : null,
      digest: canonicalJson(intent),
      allowed: admin !== undefined && mayDecide(admin.role, intent.action, intent.target.kind),
      target: admin && sees(admin, intent) ? target : null,
      related,
      after: intent.after === undefined ? null : (outcomes.get(intentKey(device, intent.after)) ?? null),
      now,
    };
  };

  /** A product owner sees, of what is decided about, the registrations of their products. */
  const sees = (admin: Row<'admin'>, { target: { kind, id } }: Intent): boolean => {
    if (admin.role !== 'product-owner') return true;
    const registration = kind === 'registration' ? rows.registration.get(id) : undefined;
    const product = rows.version.get(registration?.versionId ?? '')?.productId;
    return product !== undefined && admin.productIds.includes(product);
  };

  /** Lays a change over the model's own row, so that later intents of the same commit meet it. */
  const change = (intent: Intent, made: TargetChange, actor: string, at: string): void => {
    const { kind, id } = intent.target;
    const { state, revision, action } = made;
    steps.push({ row: id, revision, state, intent: intent.id, actor });
    if (state === 'deleted') return remove(rows, kind, id);
    const row = rows[kind].get(id);
    if (!row) return;
    const decided =
      kind === 'credential'
        ? {}
        : {
            decidedRevision: revision,
            decidedBy: actor,
            decidedAt: at,
            decidedAction: action,
            reason: intent.reason,
          };
    putRow(rows, kind, { ...row, state, revision, ...decided });
  };

  /** What the log says of a row must be what the model came to by itself, where an intent made it. */
  const compare = ({ kind, id, row, intent }: LoggedRow, to: number, findings: Findings): void => {
    const mine = rows[kind].get(id) ?? null;
    if (canonicalJson(mine) === canonicalJson(row)) return;
    findings.add(
      'unauthorised',
      `at ${to} ${kind} ${id} is ${canonicalJson(row)} by ${intent ?? '?'}, the rule says ${canonicalJson(mine)}`,
    );
  };

  const judge = (
    logged: LoggedOutcome,
    commit: Commit,
    made: ReadonlyMap<string, Intent>,
    findings: Findings,
  ): void => {
    const { outcome, device } = logged;
    const key = intentKey(device, outcome.intent);
    const intent = made.get(key);
    if (outcomes.has(key)) return findings.add('doubled', `${key} was answered again at ${commit.to}`);
    if (!intent)
      return findings.add('unauthorised', `${key} was answered at ${commit.to}, and nobody had made it`);
    const who = shutOut.has(device) ? device : logged.actor.replace(/^admin:/, '');
    if (shutOut.has(who))
      findings.add('unauthorised', `${key} was answered at ${commit.to}, of ${who}, who was shut out`);
    const verdict = decide(viewOf(intent, key, logged, commit.at), intent);
    const told = canonicalJson(outcome);
    outcomes.set(key, outcome);
    digests.set(key, canonicalJson(intent));
    if (intent.device !== device) {
      if (outcome.kind !== 'refused') findings.add('unauthorised', `${key}, of another device: ${told}`);
      return;
    }
    if (canonicalJson(verdict.outcome) !== told)
      findings.add(
        'unauthorised',
        `${key} at ${commit.to}: ${told}, the rule says ${canonicalJson(verdict.outcome)}`,
      );
    if (verdict.change) carryOut(verdict.change, logged, intent, commit);
    checkClosed(logged, intent, commit, findings);
  };

  const carryOut = (
    made: TargetChange,
    { outcome, actor }: LoggedOutcome,
    intent: Intent,
    commit: Commit,
  ): void => {
    if (outcome.kind === 'applied' && ['approve', 'reinstate', 'reopen'].includes(intent.action))
      openings.push({ intent, before: steps.length, rows: relatedIds(rows, intent) });
    change(intent, made, actor, commit.at);
  };

  /** Without `decide`: what an accepted reject, revoke or deletion leaves behind gives access to nothing. */
  const checkClosed = (
    { outcome }: LoggedOutcome,
    { action, target: { kind, id } }: Intent,
    commit: Commit,
    findings: Findings,
  ): void => {
    if (!isClosing(action) || (outcome.kind !== 'applied' && outcome.kind !== 'noop')) return;
    const state = rows[kind].get(id)?.state;
    if (state === 'approved' || state === 'active' || state === 'rotating')
      findings.add(
        'unauthorised',
        `${kind} ${id} is ${state} after ${action}, ${outcome.kind}, at ${commit.to}`,
      );
  };

  return {
    rows,
    steps,
    openings,
    outcomes,
    follow(commit, made, findings) {
      for (const logged of commit.outcomes) judge(logged, commit, made, findings);
      // A row that changed twice in a commit is in the log twice; the last image is the one that stands.
      const last = new Map(commit.rows.map((logged) => [logged.id, logged]));
      for (const logged of last.values()) {
        if (logged.intent !== null) compare(logged, commit.to, findings);
        else step(logged);
        if (logged.row === null) rows[logged.kind].delete(logged.id);
        else putRow(rows, logged.kind, logged.row);
      }
      for (const { name, subject } of commit.events) {
        if (name === 'device.revoked' || name === 'admin.deactivated') shutOut.add(subject);
        if (name === 'admin.reactivated') shutOut.delete(subject);
      }
    },
  };

  function step({ kind, id, row, actor }: LoggedRow): void {
    if (row === null) return;
    putRow(rows, kind, row);
    if (kind !== 'developer' && kind !== 'application' && kind !== 'registration' && kind !== 'publication')
      return;
    const { revision, state } = judgedRow(rows, kind, id) ?? { revision: 0, state: null };
    steps.push({ row: id, revision, state, intent: null, actor });
  }
}

/** Deletion takes along what hangs on the row. */
function remove(rows: Rows, kind: TargetKind, id: string): void {
  rows[kind].delete(id);
  if (kind === 'developer')
    for (const row of [...rows.application.values()])
      if (row.developerId === id) remove(rows, 'application', row.id);
  if (kind !== 'application') return;
  for (const row of [...rows.registration.values()])
    if (row.applicationId === id) rows.registration.delete(row.id);
  for (const row of [...rows.credential.values()])
    if (row.applicationId === id) rows.credential.delete(row.id);
}

/**
 * A portal in memory, small enough to hold in the head: rows, `decide`, and a history of every change, so that properties
 * can ask afterwards who had seen what. For tests.
 */
import { canonicalJson } from '../canonical.ts';
import { decide, type Judged, type JudgedTarget, type Verdict } from '../decide.ts';
import { basisOf, type Basis, type Intent, type Target } from '../intents.ts';
import type { Decision, Outcome } from '../outcomes.ts';
import type { Action, TargetState } from '../states.ts';

export interface WorldRow extends JudgedTarget {
  readonly kind: keyof Basis;
}

/** One change of a row: what made it, and what the row became. */
export interface Step {
  readonly row: string;
  readonly revision: number;
  readonly state: TargetState | 'deleted';
  readonly by: { readonly intent: Intent } | 'requester' | 'owner';
}

export interface World {
  readonly rows: Map<string, WorldRow>;
  readonly stored: Map<string, { digest: string; outcome: Outcome; intent: Intent }>;
  readonly history: Step[];
  clock: number;
}

export type Ids = Record<'developer' | 'application' | 'registration' | 'publication', string>;

export const ids: Ids = {
  developer: '00000000-0000-7000-8000-000000000001',
  application: '00000000-0000-7000-8000-000000000002',
  registration: '00000000-0000-7000-8000-000000000003',
  publication: '00000000-0000-7000-8000-000000000004',
};

/** A world with one developer, application, registration and publication in the given states. */
export function createWorld(states: Partial<Record<keyof Ids, TargetState>> = {}): World {
  const rows = new Map<string, WorldRow>();
  for (const kind of ['developer', 'application', 'registration', 'publication'] as const) {
    const state = states[kind] ?? (kind === 'publication' ? 'approved' : 'pending');
    rows.set(ids[kind], {
      kind,
      id: ids[kind],
      state,
      revision: 1,
      contentRevision: 1,
      decidedRevision: 0,
      decision: null,
    });
  }
  return { rows, stored: new Map(), history: [], clock: 0 };
}

function now(world: World): string {
  world.clock += 1;
  return new Date(Date.UTC(2026, 0, 1) + world.clock).toISOString();
}

/** What an admin sees of a target now: the basis of an intent. */
export function look(world: World, kind: Target['kind']): Basis {
  const basis: Basis = {};
  for (const name of basisOf[kind]) {
    const row = [...world.rows.values()].find((candidate) => candidate.kind === name);
    if (row) basis[name] = row.revision;
  }
  return basis;
}

/** Hands an intent to the authority and keeps what it says, as the server does in one transaction. */
export function submit(world: World, intent: Intent, allowed = true): Verdict {
  const key = `${intent.device}/${intent.id}`;
  const digest = canonicalJson(intent);
  const related: Partial<Record<keyof Basis, Judged>> = {};
  for (const row of world.rows.values()) related[row.kind] = row;
  const at = now(world);
  const verdict = decide(
    {
      known: world.stored.get(key) ?? null,
      digest,
      allowed,
      target: world.rows.get(intent.target.id) ?? null,
      related,
      after: intent.after ? (world.stored.get(`${intent.device}/${intent.after}`)?.outcome ?? null) : null,
      now: at,
    },
    intent,
  );
  if (!verdict.repeated) world.stored.set(key, { digest, outcome: verdict.outcome, intent });
  if (verdict.change) change(world, intent, verdict.change, at);
  return verdict;
}

function change(world: World, intent: Intent, made: NonNullable<Verdict['change']>, at: string): void {
  const row = world.rows.get(intent.target.id);
  if (!row) throw new Error('a change without a row');
  const { state, revision, action } = made;
  world.history.push({ row: row.id, revision, state, by: { intent } });
  if (state === 'deleted') {
    world.rows.delete(row.id);
    return;
  }
  const decision: Decision = { actor: `admin:${intent.device}`, at, action, reason: intent.reason };
  world.rows.set(row.id, { ...row, state, revision, decidedRevision: revision, decision });
}

/** The requester edits what admins judge; what was rejected waits again. */
export function edit(world: World, id: string): void {
  const row = world.rows.get(id);
  if (!row || row.kind === 'publication') return;
  const state = row.state === 'rejected' ? 'pending' : row.state;
  const revision = row.revision + 1;
  world.rows.set(id, { ...row, state, revision, contentRevision: revision });
  world.history.push({ row: id, revision, state, by: 'requester' });
}

/** An owner changes the publication: its strategy, say. */
export function republish(world: World): void {
  const row = world.rows.get(ids.publication);
  if (!row) return;
  const revision = row.revision + 1;
  const decision: Decision = {
    actor: 'admin:owner',
    at: now(world),
    action: 'approve' satisfies Action,
    reason: null,
  };
  world.rows.set(row.id, { ...row, revision, decidedRevision: revision, decision });
  world.history.push({ row: row.id, revision, state: row.state, by: 'owner' });
}

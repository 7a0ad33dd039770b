/**
 * The closing property, from the log alone and without `decide`: nothing opens on an old basis. All that changed since an
 * opening admin looked was that device's own doing, or what the admin wished as well.
 */
import { basisOf, type Intent } from '../../domain/intents.ts';
import { isClosing, wishedState } from '../../domain/states.ts';
import type { Findings } from '../faults/check.ts';
import { intentKey, type Model, type Opening, type Step } from './model.ts';

/** The intents that one builds on, by `after`. */
function chainOf(intent: Intent, made: ReadonlyMap<string, Intent>): Intent[] {
  const chain: Intent[] = [];
  for (let next = intent.after; next !== undefined;) {
    const found = made.get(intentKey(intent.device, next));
    if (!found) break;
    chain.push(found);
    next = found.after;
  }
  return chain;
}

/** Whether the chain had wished the row to be as others made it, with no content unread. */
function isAsWished(foreign: readonly Step[], chain: readonly Intent[], row: string): boolean {
  const state = foreign.at(-1)?.state;
  const wished = chain.some(
    ({ target, action }) =>
      target.id === row && !isClosing(action) && wishedState(target.kind, action) === state,
  );
  return wished && foreign.every(({ actor }) => !actor.startsWith('developer:'));
}

/** Holds `openings` against the steps before them. */
export function checkClosing(
  model: Model,
  openings: readonly Opening[],
  made: ReadonlyMap<string, Intent>,
  findings: Findings,
): void {
  for (const { intent, before, rows } of openings) {
    const chain = chainOf(intent, made);
    const own = new Set(chain.map(({ id }) => id));
    for (const name of basisOf[intent.target.kind]) {
      const row = rows[name];
      const stated = intent.basis[name] ?? -1;
      const foreign = model.steps
        .slice(0, before)
        .filter(
          (step) =>
            step.row === row && step.revision > stated && !(step.intent !== null && own.has(step.intent)),
        );
      if (row === undefined || foreign.length === 0 || isAsWished(foreign, chain, row)) continue;
      const unseen = foreign.map(({ actor, state }) => `${state ?? 'changed'} by ${actor}`).join(', ');
      findings.add(
        'unauthorised',
        `${intent.action} of ${intent.target.kind} ${intent.target.id} opened without having seen: ${unseen}`,
      );
    }
  }
}

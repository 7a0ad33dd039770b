import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, type Basis, type Intent, type Target } from './intents.ts';
import { actions, isClosing, wishedState, type Action } from './states.ts';
import { devices, makeIntent } from './testing/intents.ts';
import { createWorld, edit, ids, look, republish, submit, type World } from './testing/world.ts';

const kinds = ['developer', 'application', 'registration'] as const;
const opening = ['approve', 'reinstate', 'reopen'];

/** What may happen: an admin looks, wishes on what was seen then, sends or sends again; others change things. */
const event = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      t: fc.constant('look' as const),
      device: fc.constantFrom(...Object.values(devices)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      t: fc.constant('wish' as const),
      device: fc.constantFrom(...Object.values(devices)),
      action: fc.constantFrom(...actions.filter((action) => action !== 'delete')),
      kind: fc.constantFrom(...kinds),
      chain: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('edit' as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('republish' as const) }) },
  { weight: 2, arbitrary: fc.record({ t: fc.constant('replay' as const), pick: fc.nat() }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Run {
  readonly world: World;
  readonly sent: Intent[];
  readonly seen: Map<string, Basis>;
  /** Each opening that was applied, with the history as it was just before. */
  readonly openings: { intent: Intent; before: World['history'] }[];
}

function play(events: readonly Event[]): Run {
  const world = createWorld();
  const run: Run = { world, sent: [], seen: new Map(), openings: [] };
  const last = new Map<string, string>();
  for (const step of events) {
    if (step.t === 'look') run.seen.set(step.device, look(world, 'registration'));
    else if (step.t === 'edit') edit(world, ids[step.kind]);
    else if (step.t === 'republish') republish(world);
    else if (step.t === 'replay') {
      const again = run.sent[step.pick % Math.max(1, run.sent.length)];
      if (again) {
        const before = structuredClone(world.rows);
        const stored = world.stored.get(`${again.device}/${again.id}`)?.outcome;
        expect(submit(world, again).outcome).toEqual(stored);
        expect(world.rows).toEqual(before);
      }
    } else {
      const basis = run.seen.get(step.device) ?? look(world, 'registration');
      run.seen.set(step.device, basis);
      const target: Target = { kind: step.kind, id: ids[step.kind] };
      const after = step.chain ? last.get(step.device) : undefined;
      const intent = makeIntent({ ...step, target, basis, ...(after ? { after } : {}) });
      const before = [...world.history];
      const verdict = submit(world, intent);
      run.sent.push(intent);
      last.set(step.device, intent.id);
      if (verdict.change && opening.includes(intent.action)) run.openings.push({ intent, before });
    }
  }
  return run;
}

/** The intents that `intent` builds on, by `after`. */
function chainOf(run: Run, intent: Intent): Intent[] {
  const chain: Intent[] = [];
  for (let next = intent.after; next;) {
    const stored = run.world.stored.get(`${intent.device}/${next}`);
    if (!stored) break;
    chain.push(stored.intent);
    next = stored.intent.after;
  }
  return chain;
}

describe('whatever happens', () => {
  it('nothing opens on an old basis: all that changed since was the admin’s own doing, or what the admin wished too', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const run = play(events);
        for (const { intent, before } of run.openings) {
          const chain = chainOf(run, intent);
          for (const name of basisOf[intent.target.kind]) {
            const id = ids[name as keyof typeof ids];
            const stated = intent.basis[name] ?? -1;
            const unseen = before.filter((step) => step.row === id && step.revision > stated);
            const foreign = unseen.filter(
              ({ by }) => typeof by !== 'object' || !chain.some((link) => link.id === by.intent.id),
            );
            expect(foreign.length === 0 || isAsWished(foreign, chain, id)).toBe(true);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('a replay changes nothing and answers the same', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { world, sent } = play(events);
        const before = structuredClone(world.rows);
        for (const intent of [...sent].reverse()) {
          const stored = world.stored.get(`${intent.device}/${intent.id}`)?.outcome;
          expect(submit(world, intent).outcome).toEqual(stored);
        }
        expect(world.rows).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('what was closed stays closed, in whatever order the wishes of one moment arrive', () => {
    const kind = fc.constantFrom(...kinds);
    const state = fc.constantFrom(
      'pending' as const,
      'approved' as const,
      'rejected' as const,
      'revoked' as const,
    );
    const others = fc.array(fc.constantFrom(...actions.filter((action) => action !== 'delete')), {
      maxLength: 6,
    });
    const closing = fc.constantFrom('reject' as const, 'revoke' as const, 'delete' as const);
    fc.assert(
      fc.property(kind, state, others, closing, fc.nat(), (targetKind, start, wishes, close, place) => {
        const world = createWorld({ [targetKind]: start });
        const basis = look(world, 'registration');
        const target: Target = { kind: targetKind, id: ids[targetKind] };
        const order: Action[] = [...wishes];
        order.splice(place % (order.length + 1), 0, close);
        const intents = order.map((action, index) =>
          makeIntent({ action, target, basis, device: Object.values(devices)[index % 3] ?? devices.mira }),
        );
        const closer = intents[order.indexOf(close)];
        let accepted = false;
        for (const intent of intents) {
          const { outcome } = submit(world, intent);
          // Where it was closed before anybody wished, a closing changes nothing, and a reinstating admin saw it closed.
          const open = start === 'pending' || start === 'approved';
          if (intent === closer) accepted = outcome.kind === 'applied' || (open && outcome.kind === 'noop');
        }
        if (accepted) expect(world.rows.get(target.id)?.state).not.toBe('approved');
      }),
      { numRuns: 5_000 },
    );
  });
});

/** Whether a wish of the chain found the row, after the foreign steps, as it wished it, with no content unread. */
function isAsWished(foreign: World['history'], chain: readonly Intent[], id: string): boolean {
  const state = foreign.at(-1)?.state;
  const wished = chain.some(
    ({ target, action }) =>
      target.id === id && !isClosing(action) && wishedState(target.kind, action) === state,
  );
  return wished && foreign.every((step) => step.by !== 'requester');
}

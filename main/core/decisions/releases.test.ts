import { expect, test } from 'vitest';
import type { Unanswered } from '../journal/state.ts';
import type { Clock } from '../ports.ts';
import { watchReleases } from './releases.ts';

const entry = (releaseAt: number): Unanswered => ({
  intent: {
    id: crypto.randomUUID(),
    device: crypto.randomUUID(),
    batch: crypto.randomUUID(),
    action: 'approve',
    target: { kind: 'developer', id: crypto.randomUUID() },
    reason: null,
    decidedAt: new Date(1_000).toISOString(),
    basis: {},
  },
  title: 'x',
  releaseAt,
  again: false,
  sent: false,
});

/** A clock whose hands and whose timers are moved apart, as when a machine wakes up or its clock is set. */
function looseClock(): Clock & { time: number; ring(): void; readonly waits: number[] } {
  let run: (() => void) | null = null;
  const clock = {
    time: 1_000,
    waits: [] as number[],
    now: () => clock.time,
    after: (milliseconds: number, then: () => void) => {
      clock.waits.push(milliseconds);
      run = then;
      return () => {
        run = null;
      };
    },
    ring: () => run?.(),
  };
  return clock;
}

function watched(releaseAt: number) {
  const clock = looseClock();
  const unanswered = new Map([['a', entry(releaseAt)]]);
  let released = 0;
  const releases = watchReleases({ unanswered }, clock, () => released++);
  return { clock, releases, unanswered, released: () => released };
}

test('the end of a hold is told when its timer rings', () => {
  const { clock, released } = watched(11_000);
  expect(clock.waits).toEqual([10_000]);
  clock.time = 11_000;
  clock.ring();
  expect(released()).toBe(1);
});

test('a hold that ended while the timer was late is told by whatever comes first', () => {
  const { clock, releases, unanswered, released } = watched(11_000);
  clock.time = 60_000;
  releases.refresh();
  expect(released()).toBe(1);
  clock.ring();
  unanswered.clear();
  releases.refresh();
  expect(released()).toBe(1);
});

test('where the clock is set back behind the decision, it does not wait for the clock to catch up', () => {
  const { clock, releases, released } = watched(11_000);
  clock.time = 500;
  releases.refresh();
  expect(released()).toBe(1);
  expect(clock.waits).toEqual([10_000]);
});

test('a timer that rings early is set again', () => {
  const { clock, released } = watched(11_000);
  clock.time = 10_999;
  clock.ring();
  expect(released()).toBe(0);
  expect(clock.waits).toEqual([10_000, 1]);
});

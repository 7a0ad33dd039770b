import { expect, it, vi } from 'vitest';
import { startRounds } from './rounds.ts';

const never = (error: unknown): void => expect.unreachable(String(error));

/** Rounds that last until they are let go. */
function held() {
  const rounds: PromiseWithResolvers<void>[] = [];
  return {
    rounds,
    round: (): Promise<void> => {
      const one = Promise.withResolvers<void>();
      rounds.push(one);
      return one.promise;
    },
  };
}

it('does one round at a time, and one more for all who asked meanwhile', async () => {
  const { rounds, round } = held();
  const work = startRounds(round, { failed: never });
  const first = work.now();
  const second = Promise.all([work.now(), work.now()]);
  expect(rounds).toHaveLength(1);
  rounds[0]?.resolve();
  await vi.waitFor(() => expect(rounds).toHaveLength(2));
  rounds[1]?.resolve();
  await Promise.all([first, second]);
  expect(rounds).toHaveLength(2);
});

it('forgets nobody who asks just as a round ends', async () => {
  for (let steps = 0; steps < 10; steps++) {
    const { rounds, round } = held();
    const work = startRounds(round, { failed: never });
    const first = work.now();
    rounds[0]?.resolve();
    for (let step = 0; step < steps; step++) await Promise.resolve();
    const asked = work.now();
    await vi.waitFor(() => expect(rounds, `after ${steps} steps`).toHaveLength(2));
    rounds[1]?.resolve();
    await Promise.all([first, asked]);
  }
});

it('goes on after a round that failed, and tells of it', async () => {
  const failures: unknown[] = [];
  let rounds = 0;
  const work = startRounds(
    async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('away');
    },
    { failed: (error) => failures.push(error) },
  );
  await work.now();
  expect(rounds).toBe(1);
  await work.now();
  expect(rounds).toBe(2);
  expect(failures).toEqual([new Error('away')]);
});

it('begins by the clock and at news, until it is stopped', async () => {
  const listeners = new Set<() => void>();
  const wake = {
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  vi.useFakeTimers();
  try {
    let rounds = 0;
    const work = startRounds(async () => void rounds++, { every: 1_000, wake, failed: never });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rounds).toBe(2);
    for (const listener of listeners) listener();
    expect(rounds).toBe(3);
    await work.stop();
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('waits at its stop for the round under way, tells that round, and begins no other', async () => {
  const end = Promise.withResolvers<void>();
  const seen: boolean[] = [];
  const work = startRounds(
    async (stopped) => {
      await end.promise;
      seen.push(stopped());
    },
    { failed: never },
  );
  const round = work.now();
  void work.now();
  const stop = work.stop().then(() => expect(seen).toEqual([true]));
  end.resolve();
  await Promise.all([stop, round]);
  await work.now();
  expect(seen).toEqual([true]);
});

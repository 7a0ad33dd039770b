import { expect, it } from 'vitest';
import { createSyncTimes } from './sync-times.ts';

it('knows the middle and the slow end of what the disk took', () => {
  const times = createSyncTimes();
  expect(times.read()).toBeNull();
  for (let one = 1; one <= 100; one += 1) times.note(one);
  expect(times.read()).toEqual({ count: 100, p50: 50, p99: 99 });
});

it('forgets what was long ago', () => {
  const times = createSyncTimes();
  times.note(1_000);
  for (let one = 0; one < 500; one += 1) times.note(2);
  expect(times.read()).toEqual({ count: 500, p50: 2, p99: 2 });
});

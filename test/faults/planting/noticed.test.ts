import { expect, it } from 'vitest';
import { noticed } from './noticed.ts';

const faults = Array.from({ length: 100 }, (_, index) => index);

/** A check that turns red under any of these, counting how often it is asked. */
const checkFor = (red: readonly number[]): { asked: number; holdsWith: typeof holdsWith } => {
  const check = { asked: 0, holdsWith };
  function holdsWith(some: readonly number[]): Promise<boolean> {
    check.asked += 1;
    return Promise.resolve(!some.some((one) => red.includes(one)));
  }
  return check;
};

it('names exactly the faults that turn a check red', async () => {
  expect(await noticed(faults, checkFor([3, 4, 77, 99]).holdsWith)).toEqual([3, 4, 77, 99]);
});

it('asks once where none does, and a few times for each that does', async () => {
  const none = checkFor([]);
  expect(await noticed(faults, none.holdsWith)).toEqual([]);
  expect(none.asked).toBe(1);
  const two = checkFor([10, 60]);
  await noticed(faults, two.holdsWith);
  expect(two.asked).toBeLessThan(30);
});

it('names nobody who does no harm alone', async () => {
  const onlyBoth = (some: readonly number[]): Promise<boolean> =>
    Promise.resolve(!(some.includes(1) && some.includes(90)));
  expect(await noticed(faults, onlyBoth)).toEqual([]);
});

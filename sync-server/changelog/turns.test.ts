import { expect, it } from 'vitest';
import { openTurns } from './turns.ts';

it('lets a few work at a time, and the others in the order in which they came', async () => {
  const turns = openTurns(2, 60_000);
  const began: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const done = gates.map(({ promise }, number) =>
    turns(async () => {
      began.push(number);
      await promise;
      return number;
    }),
  );
  await expect.poll(() => began).toEqual([0, 1]);
  gates[1]?.resolve();
  expect(await done[1]).toBe(1);
  await expect.poll(() => began).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await Promise.all(done)).toEqual([0, 1, 2, 3]);
});

it('gives the place of one that failed to the next', async () => {
  const turns = openTurns(1, 60_000);
  const failed = turns(() => Promise.reject(new Error('no')));
  const next = turns(() => Promise.resolve('next'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('next');
});

it('turns away who has waited while nothing got done, and nobody while something does', async () => {
  const turns = openTurns(1, 200);
  const stuck = Promise.withResolvers<void>();
  const first = turns(() => stuck.promise);
  await expect(turns(() => Promise.resolve())).rejects.toMatchObject({ failure: { code: 'unavailable' } });
  stuck.resolve();
  await first;
  // Ten of fifty milliseconds each: the last waits for more than twice the patience.
  const slow = Array.from({ length: 10 }, (_, number) =>
    turns(() => new Promise<number>((resolve) => setTimeout(() => resolve(number), 50))),
  );
  expect(await Promise.all(slow)).toHaveLength(10);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { untilOrphaned } from './orphaned.ts';

const root = '/somewhere/gatehouse';
const byNpm = { npm_lifecycle_event: 'start', npm_package_json: `${root}/package.json` };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether it takes the end of its parent for the order to stop. */
async function stopsWithParent(env: Record<string, string>): Promise<boolean> {
  let parent = 100;
  let orphaned = false;
  void untilOrphaned({ root, env, parent: () => parent }).then(() => (orphaned = true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(orphaned).toBe(false);
  parent = 1;
  await vi.advanceTimersByTimeAsync(10_000);
  return orphaned;
}

test('ends with the shell that npm start ran it in', async () => {
  expect(await stopsWithParent(byNpm)).toBe(true);
});

test.each([
  ['by hand', {}],
  ['by another script', { ...byNpm, npm_lifecycle_event: 'demo' }],
  ['from another package’s npm start', { ...byNpm, npm_package_json: '/elsewhere/package.json' }],
])('goes on without its parent where it was started %s', async (_how, env) => {
  expect(await stopsWithParent(env)).toBe(false);
});

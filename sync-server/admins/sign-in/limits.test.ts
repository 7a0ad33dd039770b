import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../../config/testing.ts';
import { createSignInLimits, type SignInLimits } from './limits.ts';

let test: TestDeps;
let limits: SignInLimits;

beforeAll(async () => {
  test = await createTestDeps();
  limits = createSignInLimits(test.deps);
});

afterAll(() => test.close());

/** How many of so many tries are let through. */
async function passed(tries: number, email: string, from: (n: number) => string): Promise<number> {
  let count = 0;
  for (let n = 0; n < tries; n++) if (await limits.password(email, from(n))) count += 1;
  return count;
}

it('a guesser at one address keeps nobody out of the account who comes from another', async () => {
  expect(await passed(90, 'dana@example.com', () => '203.0.113.66')).toBe(10);
  expect(await limits.password('dana@example.com', '203.0.113.7')).toBe(true);
});

it('an account is not guessed from many addresses either, of which an IPv6 network is one', async () => {
  expect(await passed(30, 'erik@example.com', (n) => `2001:db8::${n}`)).toBe(10);
  expect(await passed(60, 'frida@example.com', (n) => `198.51.100.${n}`)).toBe(50);
});

it('one account’s right password gives no more tries at another', async () => {
  expect(await passed(10, 'greta@example.com', () => '203.0.113.99')).toBe(10);
  await limits.proved('own@example.com', '203.0.113.99');
  expect(await limits.password('greta@example.com', '203.0.113.99')).toBe(false);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { evenly } from './evenly.ts';
import { createSharedLimit } from './limit.ts';
import { networkOf } from './network.ts';
import { createHttp } from './server.ts';

let test: TestDeps;
beforeAll(async () => {
  test = await createTestDeps();
});
afterAll(() => test.close());

describe('a shared limit', () => {
  it('counts over all processes, by name and key', async () => {
    const [one, two] = [createSharedLimit(test.deps, 'a', 3, 60), createSharedLimit(test.deps, 'a', 3, 60)];
    await one.use('dana');
    await two.use('dana');
    await one.use('dana');
    await expect(two.use('dana')).rejects.toMatchObject({ code: 'rate_limited' });
    await expect(one.check('dana')).rejects.toMatchObject({ code: 'rate_limited' });
    await two.use('mira');
    await createSharedLimit(test.deps, 'b', 3, 60).use('dana');
    await one.forget('dana');
    await two.use('dana');
  });

  it('never lets more through where many ask at once', async () => {
    const limits = Array.from({ length: 4 }, () => createSharedLimit(test.deps, 'burst', 10, 60));
    const tries = Array.from({ length: 40 }, async (_, n) => limits[n % 4]?.use('dana'));
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('keeps no address of anybody', async () => {
    await createSharedLimit(test.deps, 'c', 3, 60).use('dana@example.com 203.0.113.9');
    const { rows } = await test.deps.pool.query<{ key: string }>('select key from limits');
    expect(rows.map(({ key }) => key).join()).not.toMatch(/dana@|203\.0/);
  });
});

describe('an address', () => {
  it('counts with its network where that is one person’s', () => {
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
    expect(networkOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
    const same = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', '2001:db8:1:2:3:4:5:6'].map(networkOf);
    expect(new Set(same)).toEqual(new Set(['2001:db8:1:2::/64']));
    expect(networkOf('2001:db8:1:3::1')).not.toBe(same[0]);
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
  });

  it('is what a trusted balancer says, and never what a client says of itself', async () => {
    const claims = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-host': 'evil.example' };
    const seen = async (
      trustedProxies: readonly string[],
      remoteAddress: string,
      headers: object = claims,
    ) => {
      const app = await createHttp({ log: test.deps.log, tls: false, trustedProxies });
      app.get('/', async ({ ip, host }) => ({ ip, host }));
      const answer = await app.inject({
        url: '/',
        remoteAddress,
        headers: { host: 'here.example', ...headers },
      });
      await app.close();
      return answer.json<{ ip: string; host: string }>();
    };
    expect(await seen([], '10.0.0.1')).toEqual({ ip: '10.0.0.1', host: 'here.example' });
    expect((await seen(['10.0.0.0/8'], '10.0.0.1')).ip).toBe('198.51.100.7');
    expect(await seen(['10.0.0.0/8'], '203.0.113.9')).toEqual({ ip: '203.0.113.9', host: 'here.example' });
    const chain = { 'x-forwarded-for': '1.1.1.1, 198.51.100.7' };
    expect((await seen(['10.0.0.0/8'], '10.0.0.1', chain)).ip, 'what the client put in front').toBe(
      '198.51.100.7',
    );
  });
});

it('an answer takes as long whether there was little or much to do', async () => {
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await evenly(work).catch(() => undefined);
    return performance.now() - began;
  };
  const quick = await time(async () => undefined);
  const failed = await time(() => Promise.reject(new Error('no')));
  for (const taken of [quick, failed]) expect(taken).toBeGreaterThan(145);
});

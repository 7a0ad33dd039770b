import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveAccess, type AccessFacts } from './access.ts';

const now = '2026-05-01T00:00:00.000Z';
const strategy = '00000000-0000-7000-8000-000000000009';
const open: AccessFacts = {
  developer: { state: 'approved' },
  application: { state: 'approved', strategyId: strategy },
  credential: { state: 'active', notAfter: null },
  registration: { state: 'approved' },
  publication: { live: true, strategyId: strategy },
  linked: true,
  now,
};

describe('effective access', () => {
  it('is open when every level is', () => {
    expect(effectiveAccess(open)).toEqual({ open: true });
    expect(
      effectiveAccess({ ...open, credential: { state: 'rotating', notAfter: '2026-05-01T00:00:00.001Z' } }),
    ).toEqual({ open: true });
  });

  it.each<[Partial<AccessFacts>, string, number]>([
    [{ linked: false }, 'service', 404],
    [{ credential: null }, 'credential', 401],
    [{ credential: { state: 'revoked', notAfter: null } }, 'credential', 401],
    [{ credential: { state: 'active', notAfter: now } }, 'credential', 401],
    [{ developer: { state: 'revoked' } }, 'developer', 401],
    [{ developer: null }, 'developer', 401],
    [{ application: { state: 'pending', strategyId: strategy } }, 'application', 401],
    [{ registration: { state: 'revoked' } }, 'registration', 403],
    [{ registration: null }, 'registration', 403],
    [{ publication: { live: false, strategyId: strategy } }, 'publication', 403],
    [{ publication: { live: true, strategyId: null } }, 'strategy', 403],
    [{ publication: { live: true, strategyId: '00000000-0000-7000-8000-00000000000a' } }, 'strategy', 403],
  ])('names the level that blocks: %j', (change, blockedBy, status) => {
    expect(effectiveAccess({ ...open, ...change })).toEqual({ open: false, blockedBy, status });
  });

  it('is never open with any level closed', () => {
    const facts = fc.record<AccessFacts>({
      developer: fc.constantFrom({ state: 'approved' as const }, { state: 'revoked' as const }, null),
      application: fc.constantFrom(
        { state: 'approved' as const, strategyId: strategy },
        { state: 'approved' as const, strategyId: null },
        { state: 'pending' as const, strategyId: strategy },
      ),
      credential: fc.constantFrom(
        { state: 'active' as const, notAfter: null },
        { state: 'expired' as const, notAfter: now },
        null,
      ),
      registration: fc.constantFrom({ state: 'approved' as const }, { state: 'pending' as const }, null),
      publication: fc.constantFrom(
        { live: true, strategyId: strategy },
        { live: false, strategyId: strategy },
        { live: true, strategyId: null },
      ),
      linked: fc.boolean(),
      now: fc.constant(now),
    });
    fc.assert(
      fc.property(facts, (given) => {
        const all =
          given.linked &&
          given.developer?.state === 'approved' &&
          given.application?.state === 'approved' &&
          given.credential?.state === 'active' &&
          given.registration?.state === 'approved' &&
          given.publication?.live === true &&
          given.publication.strategyId === strategy &&
          given.application.strategyId === strategy;
        expect(effectiveAccess(given).open).toBe(all);
      }),
      { numRuns: 1_000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { entities, entityKinds } from './entities.ts';
import { uuidv7 } from './ids.ts';
import { actions, legalActions, nextState, requestKinds, targetStates } from './states.ts';
import { decodeMessage, encodeMessage } from './wire/sync.ts';

describe('cursors', () => {
  it('survive writing and reading, and nothing else is one', () => {
    expect(parseCursor(formatCursor({ epoch: 3, seq: 42 }))).toEqual({ epoch: 3, seq: 42 });
    for (const text of ['', '0:1', '1:-1', '1:1.5', '1', '1:1:1', '01:1', '1:9007199254740993'])
      expect(parseCursor(text)).toBeNull();
  });
});

describe('canonical JSON', () => {
  it('is the same for the same value in any key order, and is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: { d: 2, c: [3, null] } })).toBe(
      canonicalJson({ a: { c: [3, null], d: 2 }, b: 1 }),
    );
  });
});

describe('ids', () => {
  it('are UUIDv7 and sort by time', () => {
    const random = new Uint8Array(10).fill(0xff);
    const early = uuidv7(1_700_000_000_000, random);
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidv7(1_700_000_000_001, new Uint8Array(10)) > early).toBe(true);
  });
});

describe('states', () => {
  it('approval is reached only from waiting or from revoked', () => {
    for (const kind of requestKinds) {
      for (const state of targetStates) {
        for (const action of actions) {
          if (nextState(kind, state, action) === 'approved') expect(['pending', 'revoked']).toContain(state);
        }
        expect(legalActions(kind, state)).toContain('delete');
      }
    }
  });
});

describe('sync messages', () => {
  it('survive the wire, and no damaged one is read', () => {
    const message = { kind: 'sync' as const, document: 'intents/x', payload: Uint8Array.from([1, 2, 3]) };
    const bytes = encodeMessage(message);
    expect(decodeMessage(bytes)).toEqual(message);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const damaged = Uint8Array.from(bytes);
        damaged[place] = (damaged[place] ?? 0) ^ flip;
        expect(decodeMessage(damaged)).toBeNull();
        expect(decodeMessage(bytes.subarray(0, place))).toBeNull();
      }),
    );
  });
});

describe('entities', () => {
  it('each names its portal, its revision and its age, and none can hold a verifier', () => {
    for (const kind of entityKinds) {
      const columns = Object.keys(entities[kind].columns);
      for (const name of ['id', 'portalId', 'revision', 'createdAt']) expect(columns).toContain(name);
      expect(columns.filter((name) => /password|hash|secret|token/i.test(name))).toEqual([]);
    }
    expect(Object.keys(entities).sort()).toEqual([...entityKinds].sort());
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Row } from '../../domain/entities.ts';
import { frameSchema, type Frame } from '../../domain/wire/frames.ts';
import { listName, maxMessageBytes } from '../../domain/wire/sync.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { everything } from '../scopes/scope.ts';
import { startFeed, type Feed } from './feed.ts';

let test: TestDeps;
const feeds: Feed[] = [];

beforeAll(async () => {
  test = await createTestDeps();
});

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
});

afterAll(() => test.close());

async function start(): Promise<Feed> {
  const feed = await startFeed(test.deps, everything, 'an-instance');
  feeds.push(feed);
  return feed;
}

function frames(feed: Feed): Frame[] {
  return feed.doc
    .getArray<string>(listName)
    .toArray()
    .map((text) => frameSchema.parse(JSON.parse(text)));
}

function product(description: string): Row<'product'> {
  const id = crypto.randomUUID();
  const createdAt = '2026-01-02T03:04:05.678Z';
  return { id, portalId: null, region: 'eu', name: 'p', slug: id, description, revision: 1, createdAt };
}

function gateways(count: number): Row<'gateway'>[] {
  return Array.from({ length: count }, () => {
    const id = crypto.randomUUID();
    return {
      id,
      portalId: null,
      region: 'eu',
      name: id,
      revision: 1,
      createdAt: '2026-01-02T03:04:05.678Z',
    };
  });
}

function commit(rows: Row<'gateway'>[]): Promise<void> {
  return test.deps.commit((change) => change.put('gateway', rows, { actor: 'system' }));
}

describe('the live tail', () => {
  it('begins empty at the head and follows every commit', async () => {
    await commit(gateways(3));
    const feed = await start();
    expect(frames(feed)).toEqual([]);
    const { seq } = feed.cursor();
    await commit(gateways(2));
    await commit(gateways(1));
    await feed.settled();
    expect(frames(feed).map(({ prev, to }) => [prev, to])).toEqual([
      [seq, seq + 2],
      [seq + 2, seq + 3],
    ]);
    expect(feed.cursor().seq).toBe(seq + 3);
  });

  it('carries a large commit in several frames and messages that fit, in a tail that stays small', async () => {
    const feed = await start();
    const sizes: number[] = [];
    const seen: Frame[] = [];
    feed.doc.on('update', (update: Uint8Array) => sizes.push(update.length));
    feed.doc.getArray<string>(listName).observe(({ changes }) => {
      for (const { insert } of changes.delta) {
        if (Array.isArray(insert))
          seen.push(...insert.map((text) => frameSchema.parse(JSON.parse(String(text)))));
      }
    });
    const { seq } = feed.cursor();
    await commit(gateways(20_000));
    await feed.settled();
    let at = seq;
    for (const { prev, to, items } of seen) {
      expect([prev, items.length]).toEqual([at, to - prev]);
      at = to;
    }
    expect(at).toBe(seq + 20_000);
    expect(Math.max(...sizes)).toBeLessThan(maxMessageBytes);
    expect(Y.encodeStateAsUpdate(feed.doc).length).toBeLessThan(maxMessageBytes);
    expect(frames(feed).at(-1)?.to).toBe(at);
  }, 120_000);

  it('points to the pages where a change is too large for a message, and goes on behind it', async () => {
    const feed = await start();
    const { seq } = feed.cursor();
    await test.deps.commit((change) =>
      // In the letters of some languages a text is three times as long on the wire.
      change.put('product', [product('字'.repeat(200_000))], { actor: 'system' }),
    );
    await commit(gateways(1));
    await feed.settled();
    const tail = frames(feed).filter(({ to }) => to > seq);
    expect(tail.map(({ prev, to, items }) => [prev, to, items.length])).toEqual([
      [seq + 1, seq + 1, 0],
      [seq + 1, seq + 2, 1],
    ]);
  });
});

/** The records by themselves: look-ups, and a digest that depends on what is held and not on how it came. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../domain/canonical.ts';
import { connection, credential, drop, newKey, put, service, smallWorld } from '../testing/world.ts';
import { canonical, createRecords, indexByPrefix } from './records.ts';

describe('the digest', () => {
  test('is the XOR over the canonical JSON of each record', () => {
    const { records: all } = smallWorld('http://127.0.0.1:1');
    const records = createRecords();
    for (const record of all) records.apply(put(record));
    const expected = Buffer.alloc(32);
    for (const record of all) {
      const bytes = hash('sha256', canonicalJson(record), 'buffer');
      for (const [index, byte] of bytes.entries()) expected[index] = (expected[index] ?? 0) ^ byte;
    }
    expect(records.digest()).toBe(expected.toString('hex'));
  });

  test('spells every kind as canonical JSON', () => {
    const { records: all } = smallWorld();
    for (const record of [...all, credential(newKey(), { notAfter: 1_800_000_000 })]) {
      expect(canonical(record)).toBe(canonicalJson(record));
    }
  });

  test('is nothing again when everything is dropped, whatever happened in between', () => {
    const { records: all, live, mock } = smallWorld();
    const records = createRecords();
    for (const record of all) records.apply(put(record));
    records.apply(put(live));
    records.apply(put({ ...mock, path: '/elsewhere' }));
    records.apply(drop(credential(newKey())));
    for (const record of all) records.apply(drop(record));
    expect(records.digest()).toBe('0'.repeat(64));
    expect(records.count()).toEqual({ services: 0, credentials: 0, connections: 0 });
  });
});

describe('a service is found', () => {
  const find = (paths: string[], path: string): string | null => {
    const records = createRecords();
    for (const each of paths) records.apply(put(service({ path: each, name: each })));
    return records.serviceAt(path)?.service.name ?? null;
  };

  test.each([
    ['/mock', '/mock'],
    ['/mock/', '/mock'],
    ['/mock/x', '/mock'],
    ['/mockery', null],
    ['/mock/inner', '/mock/inner/'],
    ['/mock/inner/', '/mock/inner/'],
    ['/mock/inner/x/y', '/mock/inner/'],
    ['/mock/inners', '/mock'],
    ['/', null],
    ['', null],
    ['*', null],
    ['mock', null],
  ])('%s → %s', (path, name) => {
    expect(find(['/mock', '/mock/inner/'], path)).toBe(name);
  });

  test('at the root, where nothing else matches', () => {
    expect(find(['/', '/a'], '/b/c')).toBe('/');
    expect(find(['/', '/a'], '/a/c')).toBe('/a');
    expect(find(['/', '/a'], '/')).toBe('/');
  });
});

test('of two services on one path the enforced one counts', () => {
  const open = service({ path: '/a', mode: 'open' });
  const enforced = service({ path: '/a/' });
  expect([...indexByPrefix([open, enforced]).values()]).toEqual([enforced]);
  expect([...indexByPrefix([enforced, open]).values()]).toEqual([enforced]);
});

test('a connection is between one application and one service', () => {
  const { mock, application, records: all } = smallWorld();
  const records = createRecords();
  for (const record of all) records.apply(put(record));
  const other = service();
  expect(records.connected(application, mock.id)).toBe(true);
  expect(records.connected(application, other.id)).toBe(false);
  records.apply(put(connection(application, other)));
  records.apply(drop(connection(application, mock)));
  expect(records.connected(application, mock.id)).toBe(false);
  expect(records.connected(application, other.id)).toBe(true);
});

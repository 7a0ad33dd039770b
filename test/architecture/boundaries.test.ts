/** The rules held against the product itself. */
import { expect, test } from 'vitest';
import { check } from './check.ts';
import { readManifest, readTree } from './tree.ts';
import { testPackages, toolPackages, unimportedPackages, zones } from './zones.ts';

const tree = readTree();
const manifest = readManifest();

test('every import keeps to the table of zones', () => {
  expect(tree.size).toBeGreaterThan(0);
  expect(check(tree, { zones, testPackages, toolPackages }, manifest).join('\n')).toBe('');
});

test('every package has its place, and every place its package', () => {
  const placed = new Set([
    ...zones.flatMap((zone) => zone.packages),
    ...testPackages,
    ...toolPackages,
    ...unimportedPackages,
  ]);
  expect([...placed].sort()).toEqual([...manifest.runtime, ...manifest.development].sort());
});

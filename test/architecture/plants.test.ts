import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checks } from '../faults/checks.ts';
import { plants } from '../faults/plants.ts';

const root = join(import.meta.dirname, '../..');

it('every planted fault still has its place in the source, and a check that is made for it', () => {
  const names = new Set(checks.map(({ name }) => name));
  const rotten = plants.filter(({ file, find, check }) => {
    const places = readFileSync(join(root, file), 'utf8').split(find).length - 1;
    return places !== 1 || !names.has(check);
  });
  expect(rotten).toEqual([]);
});

it('every check can be seen to fail', () => {
  const planted = new Set(plants.map(({ check }) => check));
  expect(checks.filter(({ name }) => !planted.has(name)).map(({ name }) => name)).toEqual([]);
});

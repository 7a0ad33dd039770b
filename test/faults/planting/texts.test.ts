import { expect, it } from 'vitest';
import type { Plant } from '../plant.ts';
import { planted, together } from './texts.ts';

const text = 'read(); check(rights); write();';
const plant = (find: string, replace: string): Plant => ({
  fault: find,
  file: 'a.ts',
  find,
  replace,
  check: 'c',
});
const unread = plant('read();', '');
const unchecked = plant('check(rights);', '// $& is text');
const swapped = plant('rights); write();', 'rights)');

it('plants several faults in one text, each in its place and to the letter', () => {
  expect(planted(text, [unchecked, unread])).toBe(' // $& is text write();');
});

it('keeps apart what shares a place', () => {
  expect(together([unread, unchecked, swapped], new Map([['a.ts', text]]))).toEqual([
    [unread, unchecked],
    [swapped],
  ]);
});

it('refuses a fault that has no place of its own', () => {
  expect(() => planted('read(); read();', [unread])).toThrow('exactly once');
  expect(() => planted('write();', [unread])).toThrow('exactly once');
});

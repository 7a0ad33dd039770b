import { expect, test } from 'vitest';
import { holdsCursor } from './lineage.ts';

const lineage = [
  { epoch: 1, startedAfter: 0 },
  { epoch: 5, startedAfter: 100 },
  { epoch: 9, startedAfter: 150 },
];

test('what came before the backup is held, what came after it is gone', () => {
  expect(holdsCursor(lineage, { epoch: 1, seq: 100 })).toBe(true);
  expect(holdsCursor(lineage, { epoch: 1, seq: 101 })).toBe(false);
  expect(holdsCursor(lineage, { epoch: 5, seq: 150 })).toBe(true);
  expect(holdsCursor(lineage, { epoch: 5, seq: 151 })).toBe(false);
  expect(holdsCursor(lineage, { epoch: 9, seq: 4_000 })).toBe(true);
});

test('a history that was restored over holds nothing', () => {
  expect(holdsCursor(lineage, { epoch: 4, seq: 1 })).toBe(false);
});

test('a backup from before an earlier restore takes back what that one had kept', () => {
  const older = [
    { epoch: 1, startedAfter: 0 },
    { epoch: 9, startedAfter: 50 },
  ];
  expect(holdsCursor(older, { epoch: 1, seq: 80 })).toBe(false);
  expect(holdsCursor(older, { epoch: 5, seq: 20 })).toBe(false);
});

import { expect, test } from 'vitest';
import { add, closingLine, nothing, readFaults, readPlaywright, readVitest } from './reports.ts';

const file = (status: string, ...tests: [name: string, status: string][]) => ({
  status,
  assertionResults: tests.map(([fullName, of]) => ({ fullName, status: of })),
});

test('vitest: tests are counted, and so is a file that does not load', () => {
  const report = {
    testResults: [
      file('failed', ['a', 'passed'], ['b', 'failed'], ['c', 'skipped'], ['d', 'todo']),
      file('failed'),
      file('passed', ['e', 'passed']),
    ],
  };
  expect(readVitest(report)).toEqual({ passed: 2, failed: 2, skipped: ['c', 'd'] });
});

const spec = (title: string, status: string, description?: string) => ({
  title,
  tests: [{ status, annotations: description === undefined ? [] : [{ type: 'skip', description }] }],
});

test('playwright: nested suites, reasons for a skip, a flaky test is a failure', () => {
  const report = {
    errors: [{ message: 'cannot load other.test.ts' }],
    suites: [
      {
        title: 'case.test.ts',
        specs: [spec('signs up', 'expected'), spec('window', 'skipped', 'needs the Electron binary')],
        suites: [{ title: 'offline', specs: [spec('rests', 'flaky'), spec('leaves', 'unexpected')] }],
      },
    ],
  };
  expect(readPlaywright(report)).toEqual({
    passed: 1,
    failed: 3,
    skipped: ['case.test.ts window: needs the Electron binary'],
  });
});

test('the closing line names skipped tests only when there are any', () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: [] })).toBe('12 passed, 0 failed');
  expect(closingLine(add(nothing, { passed: 1, failed: 2, skipped: ['x'] }))).toBe(
    '1 passed, 2 failed, 1 skipped',
  );
});

test('checks under faults: each is one test', () => {
  const report = {
    checks: [
      { name: 'desk-killed', held: true },
      { name: 'disk-full', held: false },
    ],
    skipped: ['moving: needs Linux'],
  };
  expect(readFaults(report)).toEqual({ passed: 1, failed: 1, skipped: ['moving: needs Linux'] });
});

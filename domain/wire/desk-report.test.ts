import { expect, it } from 'vitest';
import { decodeReport, encodeReport } from './desk-report.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

it('comes back as it was told, and fits a ping however long the disk takes', () => {
  expect(encodeReport(null)).toBe('');
  const text = encodeReport({ p50: 0.123456, p99: 12345.6789 });
  expect(decodeReport(bytes(text))).toEqual({ v: 1, journal: { p50: 0.123, p99: 12345.679 } });
  expect(encodeReport({ p50: Number.MAX_VALUE, p99: Number.MAX_VALUE }).length).toBeLessThan(126);
});

it.each([
  '',
  '1:42',
  '{"v":2,"journal":{"p50":1,"p99":1}}',
  '{"v":1,"journal":{"p50":-1,"p99":1}}',
  '{"v":1,"journal":{"p50":1e9,"p99":1}}',
  '{"v":1,"journal":{"p50":"1","p99":1}}',
  `{"v":1,"journal":{"p50":1,"p99":1}}${' '.repeat(125)}`,
])('is nothing where it is something else: %s', (text) => {
  expect(decodeReport(bytes(text))).toBeNull();
});

it('may hold more than is known here', () => {
  const later = '{"v":1,"journal":{"p50":1,"p99":2,"p999":3},"copy":"ok"}';
  expect(decodeReport(bytes(later))).toEqual({ v: 1, journal: { p50: 1, p99: 2 } });
});

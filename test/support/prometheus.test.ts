import { expect, it } from 'vitest';
import { readMetrics } from './prometheus.ts';

const family = (name: string, type: string, ...samples: string[]): string =>
  [`# HELP ${name} Something.`, `# TYPE ${name} ${type}`, ...samples, ''].join('\n');

it('reads values by name and labels', () => {
  const { value, problems } = readMetrics(
    family(
      'gatehouse_x_total',
      'counter',
      'gatehouse_x_total{a="1",b="\\"q\\""} 2',
      'gatehouse_x_total{a="2",b=""} +Inf',
    ),
  );
  expect(problems).toEqual([]);
  expect(value('gatehouse_x_total', { a: '1' })).toBe(2);
  expect(value('gatehouse_x_total', { a: '2' })).toBe(Infinity);
});

it.each([
  [family('gatehouse_x', 'counter', 'gatehouse_x 1'), 'gatehouse_x does not say whether it is a counter'],
  [
    family('gatehouse_x_total', 'gauge', 'gatehouse_x_total 1'),
    'gatehouse_x_total does not say whether it is a counter',
  ],
  [family('gatehouse_x_ms', 'gauge', 'gatehouse_x_ms 1'), 'gatehouse_x_ms is not in a base unit'],
  [family('gatehouse_x', 'gauge', 'gatehouse_y 1'), 'gatehouse_x has a sample gatehouse_y'],
  [
    family('gatehouse_x', 'gauge', 'gatehouse_x{a="1"} 1', 'gatehouse_x{a="1"} 2'),
    'gatehouse_x has a series twice',
  ],
  [family('gatehouse_x', 'gauge', 'gatehouse_x{quantile="1"} 1'), 'gatehouse_x is no summary'],
  [
    family(
      'gatehouse_x',
      'histogram',
      'gatehouse_x_bucket{le="1"} 2',
      'gatehouse_x_bucket{le="+Inf"} 1',
      'gatehouse_x_count 1',
    ),
    'gatehouse_x has buckets that fall',
  ],
])('finds what is wrong (%#)', (text, problem) => {
  expect(readMetrics(text).problems).toEqual([problem]);
});

it.each([
  'gatehouse_x 1\n',
  '# HELP a b\n# TYPE a gauge\na{b=1} 1\n',
  '# HELP a b\n# TYPE a gauge\na one\n',
  'a',
])('does not take for metrics what is none (%#)', (text) => {
  expect(() => readMetrics(text)).toThrow();
});

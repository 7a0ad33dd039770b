/**
 * Reads what a process says to Prometheus, as strictly as `promtool check metrics` does: every family with its help and
 * type, names by the conventions, every sample a family's, histograms that add up.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  type: string;
  readonly samples: Sample[];
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelText = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelText.lastIndex = 0;
  for (let at = 0; at < text.length; at = labelText.lastIndex) {
    const found = labelText.exec(text);
    if (!found) throw new Error(`labels that cannot be read: ${text}`);
    labels[found[1] ?? ''] = found[2] ?? '';
  }
  return labels;
}

function valueOf(text: string): number {
  const named: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity };
  const value = named[text] ?? Number(text);
  // Prometheus reads it however it is written.
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') throw new Error(`no number: ${text}`);
  return value;
}

function parse(text: string): Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families: Family[] = [];
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    const current = families.at(-1);
    if (comment?.[1] === 'HELP') {
      families.push({ name: comment[2] ?? '', help: comment[3] ?? '', type: '', samples: [] });
    } else if (comment) {
      if (!current || current.name !== comment[2]) throw new Error(`a type without its help: ${line}`);
      current.type = comment[3] ?? '';
    } else if (line !== '') {
      const [, name, labels = '', value = ''] = sampleLine.exec(line) ?? [];
      if (name === undefined || !current) throw new Error(`a line that cannot be read: ${line}`);
      current.samples.push({ name, labels: labelsOf(labels), value: valueOf(value) });
    }
  }
  return families;
}

/** What these families of Node's own metrics are called is not ours to choose. */
const foreign = /^(process|nodejs)_/;
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const oddUnits = /_(milliseconds?|ms|minutes?|hours?|days?|kilobytes?|kb|mb|megabytes?|percent)(_|$)/;

function* problemsOf({ name, help, type, samples }: Family): Generator<string> {
  const allowed = (suffixes[type] ?? []).map((suffix) => name + suffix);
  if (help === '') yield 'has no help';
  for (const sample of samples) if (!allowed.includes(sample.name)) yield `has a sample ${sample.name}`;
  const series = samples.map((sample) => `${sample.name} ${JSON.stringify(sample.labels)}`);
  if (new Set(series).size < series.length) yield 'has a series twice';
  if (type === 'histogram') yield* histogramProblems(name, samples);
  if (foreign.test(name)) return;
  if (!/^gatehouse_[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) yield 'is not named in words of its own';
  if ((type === 'counter') !== name.endsWith('_total')) yield 'does not say whether it is a counter';
  if (oddUnits.test(name)) yield 'is not in a base unit';
  if (/_(bucket|count|sum|gauge|counter|histogram|info)$/.test(name)) yield 'is named like a part of another';
  if (type !== 'summary' && samples.some(({ labels }) => 'quantile' in labels)) yield 'is no summary';
}

function* histogramProblems(name: string, samples: readonly Sample[]): Generator<string> {
  const buckets = new Map<string, Sample[]>();
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const { le: _le, ...rest } = sample.labels;
    const key = JSON.stringify(rest);
    buckets.set(key, [...(buckets.get(key) ?? []), sample]);
  }
  for (const [key, found] of buckets) {
    const counts = found.map(({ value }) => value);
    if (counts.some((count, at) => count < (counts[at - 1] ?? 0))) yield 'has buckets that fall';
    if (found.at(-1)?.labels['le'] !== '+Inf') yield 'has no last bucket';
    const total = samples.find((one) => one.name === `${name}_count` && JSON.stringify(one.labels) === key);
    if (total?.value !== counts.at(-1)) yield 'has a count that is not its last bucket';
  }
}

export interface Scraped {
  readonly samples: readonly Sample[];
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** The one sample of that name whose labels include these; throws where there is none. */
  readonly value: (name: string, labels?: Readonly<Record<string, string>>) => number;
}

/** Throws where the text is not Prometheus's format. */
export function readMetrics(text: string): Scraped {
  const families = parse(text);
  const samples = families.flatMap((family) => family.samples);
  return {
    samples,
    problems: families.flatMap((family) => [...problemsOf(family)].map((what) => `${family.name} ${what}`)),
    value(name, labels = {}) {
      const wanted = Object.entries(labels);
      const found = samples.find(
        (sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
      );
      if (!found) throw new Error(`no sample ${name} ${JSON.stringify(labels)}`);
      return found.value;
    },
  };
}

/** What the test runners report as JSON, brought to one shape: counts, and each skipped test by name and reason. */
import { z } from 'zod';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: [] };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: [...a.skipped, ...b.skipped],
});

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** A file that could not even be loaded counts as one failure: it has no tests to count. */
export function readVitest(json: unknown): Tally {
  const files = vitestReport.parse(json).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const isOf = (...statuses: string[]) => tests.filter((test) => statuses.includes(test.status));
  return {
    passed: isOf('passed').length,
    failed: isOf('failed').length + unloaded.length,
    skipped: isOf('skipped', 'pending', 'todo', 'disabled').map((test) => test.fullName),
  };
}

const annotation = z.object({ type: z.string(), description: z.string().optional() });
const spec = z.object({
  title: z.string(),
  tests: z.array(z.object({ status: z.string(), annotations: z.array(annotation) })),
});

interface Suite {
  readonly title: string;
  readonly specs: z.infer<typeof spec>[];
  readonly suites?: Suite[] | undefined;
}

const suite: z.ZodType<Suite> = z.object({
  title: z.string(),
  specs: z.array(spec),
  get suites() {
    return z.array(suite).optional();
  },
});

const playwrightReport = z.object({ suites: z.array(suite), errors: z.array(z.unknown()) });

/** An error outside any test, such as a file that does not load, counts as one failure. */
export function readPlaywright(json: unknown): Tally {
  const report = playwrightReport.parse(json);
  const outside: Tally = { ...nothing, failed: report.errors.length };
  return report.suites.map(tallySuite).reduce(add, outside);
}

function tallySuite(of: Suite): Tally {
  const own = of.specs.flatMap(({ title, tests }) =>
    tests.map(({ status, annotations }): Tally => {
      if (status === 'expected') return { ...nothing, passed: 1 };
      if (status !== 'skipped') return { ...nothing, failed: 1 };
      const why = annotations.find(({ type }) => type === 'skip')?.description;
      return { ...nothing, skipped: [`${of.title} ${title}${why === undefined ? '' : `: ${why}`}`] };
    }),
  );
  return [...own, ...(of.suites ?? []).map(tallySuite)].reduce(add, nothing);
}

const faultsReport = z.object({
  checks: z.array(z.object({ name: z.string(), held: z.boolean() })),
  skipped: z.array(z.string()),
});

/** Each check under faults counts as one test. */
export function readFaults(json: unknown): Tally {
  const { checks, skipped } = faultsReport.parse(json);
  const passed = checks.filter(({ held }) => held).length;
  return { passed, failed: checks.length - passed, skipped };
}

/** The closing line of a run, read by people and by continuous integration alike. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  const counts = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped.length === 0 ? counts : `${counts}, ${String(skipped.length)} skipped`;
}

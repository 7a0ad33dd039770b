import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `electron` in plain Node is a launcher that downloads a browser; tests of the shell get a fake instead. */
const fakeElectron = { find: /^electron$/, replacement: here('./test/support/fake-electron.ts') };

/** One project per runtime: tests in Node, beside the code they test. */
const node = (
  name: string,
  include: string[],
  { globalSetup = [], testTimeout = 30_000 }: { globalSetup?: string[]; testTimeout?: number } = {},
): TestProjectInlineConfiguration => ({
  resolve: { alias: [fakeElectron] },
  test: { name, include, globalSetup, environment: 'node', testTimeout, hookTimeout: 60_000 },
});

/** Components run in jsdom, compiled by the plugin that builds the pages. */
const pages: TestProjectInlineConfiguration = {
  plugins: [svelte({ configFile: false }), svelteTesting()],
  test: {
    name: 'renderer',
    include: ['renderer/**/*.test.ts'],
    environment: 'jsdom',
    // Without it vitest hands out empty style sheets, and a test of tokens.css would read nothing.
    css: true,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
};

export default defineConfig({
  test: {
    passWithNoTests: true,
    allowOnly: false,
    // Most tests wait for a database: of two cores, one is not enough of a worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      node('domain', ['domain/**/*.test.ts']),
      node('main', ['main/**/*.test.ts']),
      pages,
      node('sync-server', ['sync-server/**/*.test.ts'], {
        globalSetup: ['./sync-server/db/testing-setup.ts'],
      }),
      node('gateway', ['gateway/**/*.test.ts']),
      node('architecture', ['test/architecture/**/*.test.ts']),
      node('cli', ['test/cli/**/*.test.ts'], { testTimeout: 60_000 }),
      node('convergence', ['test/convergence/**/*.test.ts'], { testTimeout: 120_000 }),
      node('servers', ['test/servers/**/*.test.ts'], { testTimeout: 120_000 }),
      node('support', ['test/{support,faults}/**/*.test.ts']),
    ],
  },
});

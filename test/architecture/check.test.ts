/** Each rule proven able to fail: one planted violation, one line that names it. */
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';
import type { Manifest, Table } from './check.ts';
import { scriptsOf } from './imports.ts';
import { testPackages, toolPackages, zones } from './zones.ts';

const table: Table = { zones, testPackages, toolPackages };
const manifest: Manifest = {
  runtime: ['zod', 'ws', 'undici', 'fastify', 'keytar', 'yjs', '@electric-sql/pglite'],
  development: ['electron', 'svelte', 'bits-ui', 'vitest', 'vite'],
};

const verdict = (files: Record<string, string>): string[] =>
  check(new Map(Object.entries(files)), table, manifest);

describe('a tree that keeps the rules', () => {
  test('passes', () => {
    const good = {
      'domain/states.ts': "import { z } from 'zod';\nexport const state = z.string();",
      'domain/states.test.ts': "import { test } from 'vitest';\nimport { state } from './states.ts';",
      'main/core/journal.ts': "import { open } from 'node:fs/promises';\nimport '../../domain/states.ts';",
      'main/core/secrets.ts': "export const load = () => import('keytar');",
      'main/electron/main.ts': "import { app } from 'electron';\nimport '../core/journal.ts';",
      'renderer/ui/Button.svelte': '<script lang="ts">import { Dialog } from \'bits-ui\';</script>',
      'renderer/admin/Queue.svelte': "<script>import Button from '../ui/Button.svelte';</script>",
      'renderer/vite.admin.config.ts': "import { defineConfig } from 'vite';",
      'gateway/pull.ts': "import { fetch } from 'undici';",
    };
    expect(verdict(good)).toEqual([]);
  });
});

const planted: [rule: string, files: Record<string, string>, wrong: string][] = [
  [
    'the domain uses no Node',
    { 'domain/a.ts': "\nimport { readFileSync } from 'node:fs';" },
    "domain/a.ts:2: domain may not use Node's node:fs",
  ],
  [
    'the domain knows no server',
    { 'domain/a.ts': "import fastify from 'fastify';" },
    'domain/a.ts:1: domain may not import the package fastify',
  ],
  [
    'the domain imports no other part, not even a type',
    { 'domain/a.ts': "import type { Pull } from '../gateway/pull.ts';" },
    'domain/a.ts:1: domain may not import gateway (gateway/pull.ts)',
  ],
  [
    'electron stays in its shell',
    { 'main/core/a.ts': "const x = 1;\nconst e = await import('electron');" },
    'main/core/a.ts:2: main/core may not import the package electron',
  ],
  [
    'electron stays out of the loopback host',
    { 'main/loopback/a.ts': "import type { App } from 'electron';" },
    'main/loopback/a.ts:1: main/loopback may not import the package electron',
  ],
  [
    'the core knows no host',
    { 'main/core/a.ts': "import '../electron/main.ts';" },
    'main/core/a.ts:1: main/core may not import main/electron (main/electron/main.ts)',
  ],
  [
    'components know no domain',
    { 'renderer/ui/B.svelte': '<p>b</p>\n<script lang="ts">\nimport \'../../domain/a.ts\';\n</script>' },
    'renderer/ui/B.svelte:3: renderer/ui may not import domain (domain/a.ts)',
  ],
  [
    'the two surfaces do not meet',
    { 'renderer/portal/a.ts': "import '../admin/b.ts';" },
    'renderer/portal/a.ts:1: renderer/portal may not import renderer/admin (renderer/admin/b.ts)',
  ],
  [
    'pages use no Node',
    { 'renderer/admin/a.ts': "import 'node:path';" },
    "renderer/admin/a.ts:1: renderer/admin may not use Node's node:path",
  ],
  [
    'a lower feature of the server does not reach up',
    { 'sync-server/db/a.ts': "import '../cli/gatehouse.ts';" },
    'sync-server/db/a.ts:1: sync-server/db may not import sync-server/cli (sync-server/cli/gatehouse.ts)',
  ],
  [
    'the gateway knows the domain alone',
    { 'gateway/a.ts': "import type { Row } from '../sync-server/db/schema.ts';" },
    'gateway/a.ts:1: gateway may not import sync-server/db (sync-server/db/schema.ts)',
  ],
  [
    'the product does not import its tests',
    { 'gateway/a.ts': "import '../test/support/system.ts';" },
    'gateway/a.ts:1: imports test/support/system.ts, which is for tests only',
  ],
  [
    'the product does not import test helpers beside it',
    { 'sync-server/db/a.ts': "import './testing.ts';" },
    'sync-server/db/a.ts:1: imports sync-server/db/testing.ts, which is for tests only',
  ],
  [
    'nor those in a folder of their own',
    { 'domain/a.ts': "import { world } from './testing/world.ts';" },
    'domain/a.ts:1: imports domain/testing/world.ts, which is for tests only',
  ],
  [
    'a test of one part does not import another',
    { 'gateway/a.test.ts': "import '../sync-server/db/schema.ts';" },
    'gateway/a.test.ts:1: gateway may not import sync-server/db (sync-server/db/schema.ts)',
  ],
  [
    'what runs is not a dev dependency',
    { 'gateway/a.ts': "import 'zod';\nimport { x } from 'undici';" },
    'gateway/a.ts:2: undici is only in devDependencies, so it is missing where the product runs',
  ],
  [
    'what is imported is in package.json',
    { 'main/core/a.ts': "import 'y-protocols/sync';" },
    'main/core/a.ts:1: the package y-protocols is not in package.json',
  ],
  [
    'a new folder needs a place',
    { 'tools/a.ts': 'export const a = 1;' },
    'tools/a.ts:1: is in no zone: give its folder a place in test/architecture/zones.ts',
  ],
  [
    'a new feature of the server needs a place in the order',
    { 'sync-server/novelty/a.ts': "import 'zod';" },
    'sync-server/novelty/a.ts:1: is in no zone: give its folder a place in test/architecture/zones.ts',
  ],
  [
    'no barrels by name',
    { 'gateway/index.ts': 'export const a = 1;' },
    'gateway/index.ts:1: is a barrel: import from the file that has it',
  ],
  [
    'no barrels by content',
    { 'gateway/all.ts': "export { a } from './a.ts';" },
    'gateway/all.ts:1: is a barrel: import from the file that has it',
  ],
  [
    'no star exports',
    { 'gateway/all.ts': "export const x = 1;\nexport * from './a.ts';" },
    'gateway/all.ts:2: export * hides what a module offers: name it',
  ],
  [
    'no cycles, whichever way they are written',
    {
      'gateway/a.ts': "import { b } from './b.ts';",
      'gateway/b.ts': "export type C = import('./c.ts').C;",
      'gateway/c.ts': "import type { A } from './a.ts';",
    },
    'gateway/a.ts:1: import cycle gateway/a.ts → gateway/b.ts → gateway/c.ts → gateway/a.ts',
  ],
];

describe('a planted violation is found', () => {
  test.each(planted)('%s', (rule, files, wrong) => {
    const strict: Manifest =
      rule === 'what runs is not a dev dependency' ? { runtime: ['zod'], development: ['undici'] } : manifest;
    expect(check(new Map(Object.entries(files)), table, strict)).toEqual([wrong]);
  });
});

test('scripts of a component keep their lines, with both a module and an instance script', () => {
  const component = '<script module>\na\n</script>\n<p>text</p>\n<script lang="ts">\nb\n</script>';
  expect(
    scriptsOf(component)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(['', 'a', '', '', '', 'b', '']);
});

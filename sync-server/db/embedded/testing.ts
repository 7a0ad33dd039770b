/** What the tests of the embedded database share: a scratch folder a test, and a start in it or in another process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { z } from 'zod';
import { postgresProcesses } from './processes.ts';
import { startEmbeddedPostgres } from './start.ts';
import type { ConnectionConfig, EmbeddedOptions, EmbeddedPostgres } from './start.ts';

const fixture = fileURLToPath(new URL('./owner.fixture.ts', import.meta.url));
const fixtureSchema = z.object({
  pid: z.number(),
  folder: z.string(),
  connection: z.object({
    host: z.string(),
    port: z.number(),
    user: z.string(),
    database: z.string(),
    ssl: z.literal(false),
  }),
});

export interface Elsewhere extends z.infer<typeof fixtureSchema> {
  /** The process that started the database. */
  readonly owner: number;
  readonly ended: Promise<unknown>;
}

export interface Bench {
  /** A folder of this test alone. */
  readonly base: string;
  readonly dataDir: string;
  /** Shared by a file's tests, since PostgreSQL's files are copied there: once, not once a test. */
  readonly system: string;
  /** All that was logged in this test. */
  readonly lines: readonly string[];
  readonly start: (more?: Partial<EmbeddedOptions>) => Promise<EmbeddedPostgres>;
  /** A process of its own that starts the database and stays; its output is the caller's. */
  readonly spawnOwner: () => ChildProcess;
  /** The same, once its database answers. */
  readonly startElsewhere: (env?: NodeJS.ProcessEnv) => Promise<Elsewhere>;
}

/** Registers the hooks of a test file and gives its tests what they need. */
export function embeddedBench(): Bench {
  let base = '';
  let system = '';
  let lines: string[] = [];
  let running: EmbeddedPostgres[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };

  beforeAll(async () => {
    system = await mkdtemp(join(tmpdir(), 'gatehouse-system-'));
    await chmod(system, 0o755);
  });
  afterAll(() => rm(system, { recursive: true, force: true }));
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'gatehouse-embedded-'));
    await chmod(base, 0o711);
    lines = [];
    running = [];
  });
  afterEach(async () => {
    for (const server of running) await server.stop();
    await rm(base, { recursive: true, force: true });
  });

  const args = (): string[] => [fixture, join(base, 'data'), system];
  return {
    get base() {
      return base;
    },
    get dataDir() {
      return join(base, 'data');
    },
    get system() {
      return system;
    },
    get lines() {
      return lines;
    },
    start: async (more = {}) => {
      const server = await startEmbeddedPostgres({
        dataDir: join(base, 'data'),
        systemFolder: system,
        log: { debug: note, info: note, warn: note },
        onExit: () => undefined,
        ...more,
      });
      running.push(server);
      return server;
    },
    spawnOwner: () => spawn(process.execPath, args(), { stdio: 'ignore' }),
    startElsewhere: async (env = process.env) => {
      const child = spawn(process.execPath, args(), { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      const said = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
      return { ...fixtureSchema.parse(JSON.parse(String(said[0]))), owner: child.pid ?? 0, ended };
    },
  };
}

/** Runs statements on one connection; the rows of the last one. */
export async function ask(connection: ConnectionConfig, ...statements: string[]): Promise<unknown[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of statements) ({ rows } = await client.query<Record<string, unknown>>(text));
    return rows;
  } finally {
    await client.end();
  }
}

export async function nothingRunsOn(folder: string): Promise<void> {
  await vi.waitFor(async () => expect(await postgresProcesses(folder)).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });
}

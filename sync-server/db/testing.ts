/**
 * Databases for tests: one real PostgreSQL a run, migrated once into a template, from which each test file (or test)
 * gets its own copy in some 30 ms. Nothing is shared between tests, so they may run at the same time.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from './embedded/start.ts';
import type { ConnectionConfig } from './embedded/start.ts';
import { removeStaleScratch, scratchName } from './embedded/scratch.ts';

/** What the tests need to know of the run's server. Plain data: it crosses from vitest's main process to its workers. */
export interface TestServer {
  readonly connection: ConnectionConfig;
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

export interface TestDatabase {
  readonly connection: ConnectionConfig;
  /** The same for another process, as in `DATABASE_URL`. */
  readonly connectionString: string;
  /** Drops it, cutting off whoever is still connected. */
  readonly drop: () => Promise<void>;
}

const template = 'gatehouse_template';
const folderPrefix = 'gatehouse-test';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function administer(connection: ConnectionConfig, statement: string): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * PostgreSQL itself waits some seconds for connections that are just closing, as a pool's are after its end; cutting
 * those off would be an error that nobody listens for. Who is still there then is cut off.
 */
async function dropDatabase(connection: ConnectionConfig, database: string): Promise<void> {
  try {
    await administer(connection, `DROP DATABASE IF EXISTS ${database}`);
  } catch {
    await administer(connection, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

/** For what does not test durability and commits by the thousand: nothing waits for a disk. */
export const withoutSync = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' } as const;

/** Starts the server of a test run; `migrate` fills the template and has to close its connections. */
export async function startTestServer(
  migrate: (connection: ConnectionConfig) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer & { readonly stop: () => Promise<void> }> {
  // A run that was killed leaves its folder; this one removes it.
  await removeStaleScratch(tmpdir(), folderPrefix);
  const dataDir = join(tmpdir(), await scratchName(folderPrefix));
  await mkdir(dataDir);
  // Under root the database runs as another account, which has to pass.
  await chmod(dataDir, 0o711);
  const server = await startEmbeddedPostgres({
    dataDir,
    log: silent,
    onExit: ({ code, signal }) => {
      throw new Error(`the tests' PostgreSQL ended by itself (${String(signal ?? code)})`);
    },
    settings: { max_connections: '200', ...settings },
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await administer(server.connection, `CREATE DATABASE ${template}`);
    await migrate({ ...server.connection, database: template });
  } catch (error) {
    await stop();
    throw error;
  }
  return { connection: server.connection, template, stop };
}

/** The part of vitest's project that a global setup is given and this one uses. */
interface Provides {
  provide(key: 'testServer', value: TestServer): void;
}

/**
 * Makes a vitest `globalSetup` function: `export default testServerSetup(migrate)`. Tests then call
 * `createTestDatabase()`.
 */
export function testServerSetup(
  migrate: (connection: ConnectionConfig) => Promise<void>,
): (project: Provides) => Promise<() => Promise<void>> {
  return async (project) => {
    const { stop, ...server } = await startTestServer(migrate);
    project.provide('testServer', server);
    return stop;
  };
}

/** The run's server, as the global setup provided it. */
async function providedServer(): Promise<TestServer> {
  // Not at the top: vitest cannot be loaded in its own global setup, which imports this module too.
  const { inject } = await import('vitest');
  return inject('testServer');
}

/** A migrated database of its own, empty of rows. */
export async function createTestDatabase(given?: TestServer): Promise<TestDatabase> {
  const server = given ?? (await providedServer());
  const database = `test_${randomBytes(6).toString('hex')}`;
  await administer(server.connection, `CREATE DATABASE ${database} TEMPLATE ${server.template}`);
  const { host, port, user } = server.connection;
  return {
    connection: { ...server.connection, database },
    connectionString: `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`,
    drop: () => dropDatabase(server.connection, database),
  };
}

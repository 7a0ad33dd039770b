/** PostgreSQL set so that it may lose what it acknowledged: no server starts on it, however it was set. */
import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../sync-server/db/embedded/start.ts';
import { DatabaseError } from '../../../sync-server/db/embedded/errors.ts';
import { startServer } from '../../../sync-server/server.ts';
import { serverFolder } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';

interface Way {
  readonly name: string;
  /** For PostgreSQL's own start. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Set by SQL, before the server comes. */
  readonly statement?: string;
  readonly undo?: string;
}

const ways: readonly Way[] = [
  { name: 'fsync = off', settings: { fsync: 'off' } },
  { name: 'full_page_writes = off', settings: { full_page_writes: 'off' } },
  { name: 'synchronous_commit = off', settings: { synchronous_commit: 'off' } },
  {
    name: 'synchronous_commit = off for the role',
    statement: 'alter role gatehouse set synchronous_commit = off',
    undo: 'alter role gatehouse reset all',
  },
  {
    name: 'synchronous_commit = off for the database',
    statement: 'alter database gatehouse set synchronous_commit = off',
    undo: 'alter database gatehouse reset all',
  },
];

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function tell(database: EmbeddedPostgres, statement: string | undefined): Promise<void> {
  if (statement === undefined) return;
  const client = new Client(database.connection);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** Whether a server refuses to start on it, and for that reason. */
async function refused(database: EmbeddedPostgres, dataDir: string): Promise<boolean> {
  const flags = { dataDir, databaseUrl: database.connectionString, port: 0 };
  try {
    const server = await startServer({ flags, env: {}, logLevel: 'silent' });
    await server.close();
    return false;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'settings_unsafe') return true;
    throw error;
  }
}

const event = { name: 'backup.made', details: {}, cause: { actor: 'system' } } as const;

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

/** A server that runs already commits nothing over a connection that is made once it may lose commits. */
async function refusedLater(database: EmbeddedPostgres, dataDir: string): Promise<boolean> {
  const flags = { dataDir, databaseUrl: database.connectionString, port: 0 };
  const server = await startServer({ flags, env: {}, logLevel: 'silent' });
  try {
    await tell(database, 'alter role gatehouse set synchronous_commit = off');
    await tell(
      database,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatehouse'`,
    );
    for (;;) {
      const told = await server.deps.commit(async (change) => change.event(event)).then(() => null, codeOf);
      // Else it was still given a connection of before, which has just been ended.
      if (told === null || told === 'settings_unsafe') return told !== null;
    }
  } finally {
    await server.close();
    await tell(database, 'alter role gatehouse reset all');
  }
}

async function tryWay(way: Way | undefined, folder: string, findings: Findings): Promise<void> {
  const options = { dataDir: folder, log: silent, onExit: () => undefined };
  const database = await startEmbeddedPostgres({ ...options, settings: way?.settings ?? {} });
  try {
    await tell(database, way?.statement);
    const done = await refused(database, folder);
    if (way && !done) findings.add('lost', `a server starts with ${way.name}`);
    if (!way && !(await refusedLater(database, folder)))
      findings.add('lost', 'a running server commits over a new connection that may lose it');
    if (!way && done) findings.add('lost', 'no server starts, though the settings are safe');
    await tell(database, way?.undo);
  } finally {
    await database.stop();
  }
}

async function trySettings(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const folder = await serverFolder();
  let done = 0;
  try {
    // The last one is a database that is as it should be.
    for (const way of [...ways.slice(0, run.cases - 1), undefined]) {
      await tryWay(way, folder, findings);
      done += 1;
      run.progress(done);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return findings.tally(done);
}

export const unsafeSettings: Check = {
  name: 'unsafe-settings',
  property: 'no server starts on a PostgreSQL that may lose what it acknowledged',
  unit: 'settings',
  cases: ways.length + 1,
  few: 4,
  run: trySettings,
};

/** What tests of restores begin with: a database with its log of closings, and another one to restore it into. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createCommit, type Commit } from '../changelog/commit.ts';
import { carryClosings, ensureClosingsLog } from '../closings/keep.ts';
import { writeClosings } from '../closings/log.ts';
import { readClosings } from '../closings/read.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestDatabase, type TestDatabase } from '../db/testing.ts';
import type { TestPortal } from '../decisions/testing.ts';
import { projectGateways } from '../gateways/projection.ts';
import { restoreBackup, type RestoreNeeds, type Restored } from './restore.ts';

export interface Scene {
  readonly folder: string;
  /** Where the backup is to be. */
  readonly file: string;
  readonly closingsLog: string;
  /** Where a restore carries the closings to. */
  readonly carried: string;
  readonly source: TestDeps;
  readonly target: TestDatabase;
  /** As a server's: with its log of closings. */
  readonly commit: Commit;
  readonly restore: (more?: Partial<RestoreNeeds>) => Promise<Restored>;
  /** Asks the restored database. */
  readonly ask: <R extends object>(text: string) => Promise<R[]>;
  readonly close: () => Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-backup-'));
  const file = join(folder, 'one.backup');
  const closingsLog = join(folder, 'closings.log');
  const carried = join(folder, 'there/closings.log');
  const source = await createTestDeps();
  const target = await createTestDatabase();
  const { db, clock } = source.deps;
  const commit = createCommit({
    db,
    clock,
    projections: [projectGateways],
    beforeDurable: writeClosings(closingsLog),
    committed: () => undefined,
  });
  await ensureClosingsLog(db, closingsLog);
  return {
    folder,
    file,
    closingsLog,
    carried,
    source,
    target,
    commit,
    restore: (more = {}) =>
      restoreBackup({
        connection: target.connection,
        file,
        closingsOf: (history) => readClosings(closingsLog, history),
        keepClosings: (history, kept) => carryClosings(carried, history, kept),
        adoptSecrets: () => Promise.resolve('fits'),
        replace: false,
        acceptReopened: false,
        clock: Date.now,
        commitOver: (over) =>
          createCommit({
            db: over,
            clock: Date.now,
            projections: [projectGateways],
            committed: () => undefined,
          }),
        ...more,
      }),
    ask: async <R extends object>(text: string) => {
      const client = new Client(target.connection);
      await client.connect();
      try {
        return (await client.query<R>(text)).rows;
      } finally {
        await client.end();
      }
    },
    close: async () => {
      await source.close();
      await target.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Approves all requests of a portal, and gives each its key. */
export async function approveAll(commit: Commit, { requests }: TestPortal): Promise<void> {
  await commit(async (change) => {
    const approved = { state: 'approved', revision: 2, decidedRevision: 2 } as const;
    const admin = { actor: 'admin:1' };
    const of = <K extends keyof (typeof requests)[number]>(kind: K) =>
      requests.map((request) => request[kind]);
    await change.put(
      'developer',
      of('developer').map((row) => ({ ...row, ...approved })),
      admin,
    );
    await change.put(
      'application',
      of('application').map((row) => ({ ...row, ...approved })),
      admin,
    );
    await change.put(
      'registration',
      of('registration').map((row) => ({ ...row, ...approved })),
      admin,
    );
    const secrets = of('credential').map(({ id, portalId }, index) => ({
      credentialId: id,
      portalId,
      hash: Buffer.alloc(32, index),
    }));
    await change.db.insertInto('credentialSecrets').values(secrets).execute();
    await change.put(
      'credential',
      of('credential').map((row) => ({ ...row, revision: 2 })),
      admin,
    );
  });
}

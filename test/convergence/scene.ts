/** What the stories begin with: a real server behind a cable, a portal with requests, admins and their desks. */
import { afterAll, expect } from 'vitest';
import type { QueueFilter } from '../../domain/desk/api.ts';
import type { QueueRow } from '../../domain/desk/rows.ts';
import type { Role, Row } from '../../domain/entities.ts';
import type { DeskNeeds } from '../../main/core/desk.ts';
import { testDesk, type TestDesk } from '../../main/core/testing/desk.ts';
import { createTestPortal, type TestPortal } from '../../sync-server/decisions/testing.ts';
import { deskFolders, type DeskFolders } from '../support/desk-folder.ts';
import { expectSameRows } from '../support/same-rows.ts';
import { formBrowser, type Person } from '../support/sign-in.ts';
import { startWhole, type Whole } from '../support/whole.ts';

export const everything: QueueFilter = { kinds: [], states: [], portalId: null, search: '' };

/** A desk that belongs to one admin and has a folder of its own. */
export interface OwnDesk extends TestDesk {
  readonly dataDir: string;
  /** The queue's rows of one kind, newest first. */
  rows(kind: QueueRow['kind']): Promise<readonly QueueRow[]>;
}

/** For `expect.poll`: generous, because it only counts where something is broken. */
export const patience = { timeout: 30_000, interval: 20 };

export interface Scene {
  readonly whole: Whole;
  readonly portal: TestPortal;
  /** A signed-in admin's desk, synced. */
  readonly desk: (name: string, more?: Partial<DeskNeeds> & { readonly role?: Role }) => Promise<OwnDesk>;
  /** One more developer, who signs up while the desks look on. */
  readonly signUp: (name: string) => Promise<Row<'developer'>>;
  /**
   * Waits until every desk shows the newest change, closes them, and holds the copy of each against the server's tables,
   * row by row.
   */
  readonly expectConverged: () => Promise<void>;
  close(): Promise<void>;
}

function owned(desk: TestDesk, dataDir: string): OwnDesk {
  return {
    ...desk,
    dataDir,
    rows: async (kind) =>
      (await desk.ask('queue.page', { filter: { ...everything, kinds: [kind] }, after: null, limit: 500 }))
        .rows,
  };
}

/** Shared by the stories of a file. */
let folders: Promise<DeskFolders> | null = null;

afterAll(async () => {
  await (await folders)?.remove();
});

/** A server with `requests` developers, each with an application that asks for one version; all pending. */
export async function openScene(requests: number): Promise<Scene> {
  const whole = await startWhole();
  const portal = await createTestPortal(whole.server.deps.commit, requests);
  const desks: OwnDesk[] = [];

  const signUp = async (name: string): Promise<Row<'developer'>> => {
    const { commit } = whole.server.deps;
    return commit(async (change) => {
      const row: Row<'developer'> = {
        ...(portal.requests[0]?.developer ?? absent()),
        id: crypto.randomUUID(),
        email: `${crypto.randomUUID()}@example.com`,
        name,
        createdAt: change.now,
      };
      await change.put('developer', [row], { actor: 'system' });
      return row;
    });
  };

  const closeDesks = async (): Promise<void> => {
    for (const desk of desks.splice(0)) await desk.close();
  };

  return {
    whole,
    portal,
    desk: async (name, { role = 'owner', ...more } = {}) => {
      const person: Person = await whole.addAdmin(name, role);
      folders ??= deskFolders();
      const dataDir = await (await folders).make();
      const desk = owned(
        await testDesk({ dataDir, server: whole.cable.url, openBrowser: formBrowser(person), ...more }),
        dataDir,
      );
      desks.push(desk);
      await desk.signIn();
      return desk;
    },
    signUp,
    expectConverged: async () => {
      const copies = desks.map(({ dataDir }) => dataDir);
      // Changes arrive in order: where the last one is shown, all are there.
      const last = await signUp('The last one');
      for (const desk of desks) {
        await expect.poll(async () => (await desk.rows('developer'))[0]?.id, patience).toBe(last.id);
      }
      await closeDesks();
      for (const copy of copies) {
        const rows = await expectSameRows(copy, (sql) => whole.server.deps.pool.query(sql));
        expect(rows).toBeGreaterThan(requests);
      }
    },
    close: async () => {
      await closeDesks();
      await whole.close();
    },
  };
}

function absent(): never {
  throw new Error('a scene needs a request');
}

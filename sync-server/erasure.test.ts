import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Row } from '../domain/entities.ts';
import { undecided } from '../domain/undecided.ts';
import { verifyDatabase } from './audit/verify-sources.ts';
import { signedInAdmin, type TestAdmin } from './admins/testing.ts';
import { knownAmong } from './erasure/find.ts';
import { notedErasures } from './erasure/log.ts';
import { readPage } from './replication/changes.ts';
import { everything as allScope } from './scopes/scope.ts';
import { goodPassword, openBrowser, register, type Browser } from './developers/testing.ts';
import {
  applicationRow,
  decide,
  fillCatalog,
  newApplication,
  startTestServer,
  type Catalog,
  type TestServer,
} from './testing.ts';

let server: TestServer;
let catalog: Catalog;
let owner: TestAdmin;
let email: string;
let developer: string;
let browser: Browser;
let people = 0;

const secretName = 'Quetzalcoatl Unmistakable';
const secretApp = 'Xylophone Catalogue';

beforeAll(async () => {
  server = await startTestServer();
  catalog = await fillCatalog(server.deps);
  owner = await signedInAdmin(server.deps);
});

afterAll(() => server.close());

beforeEach(async () => {
  people += 1;
  email = `zebulon${people}@unmistakable.example`;
  browser = openBrowser(server.app, '');
  developer = await register(browser, server.deps, email, secretName);
  await decide(server, 'developer', developer, 'approved');
  await browser.call('POST', '/api/v2/developer/authenticate', { username: email, password: goodPassword });
});

function erase(id: string, admin = owner) {
  const url = `/api/admin/v1/developers/${id}/erase`;
  return server.app.inject({ method: 'POST', url, headers: admin.headers });
}

/** Everything that the server keeps, as text: every table, byte columns opened, and every file of its folder. */
async function everything(): Promise<string> {
  const { pool } = server.deps;
  const tables = z
    .array(z.object({ name: z.string() }))
    .parse(
      (
        await pool.query(
          "select table_name as name from information_schema.tables where table_schema = 'public'",
        )
      ).rows,
    );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query(`select to_jsonb(t)::text as row from ${name} as t`);
    for (const { row } of z.array(z.object({ row: z.string() })).parse(rows)) {
      texts.push(
        row,
        ...[...row.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, hex = '']) => opened(Buffer.from(hex, 'hex'))),
      );
    }
  }
  for (const entry of await readdir(server.dataDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) texts.push(opened(await readFile(join(entry.parentPath, entry.name))));
  }
  return texts.join('\n').toLowerCase();
}

function opened(bytes: Buffer): string {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

describe('erasing a developer', () => {
  it('leaves nothing of the person in the database, the folder or what desks are sent, and the chain whole', async () => {
    const application = await newApplication(browser, { name: secretApp });
    const { body } = await browser.call('POST', `/api/v2/applications/${application.id}/credentials`, {
      display_name: 'unmistakable key',
    });
    expect(body).toBeTruthy();
    const doomed = await newApplication(browser, { name: `${secretApp} two` });
    await browser.call('DELETE', `/api/v2/applications/${doomed.id}`);
    await server.app.inject({ url: '/api/admin/v1/snapshot', headers: owner.headers });
    const before = await everything();
    for (const trace of ['unmistakable', 'xylophone', 'zebulon']) expect(before).toContain(trace);

    const answer = await erase(developer);
    expect(answer.statusCode, answer.body).toBe(200);
    await expect
      .poll(
        async () => {
          const left = await everything();
          return ['unmistakable', 'xylophone', 'zebulon'].filter((trace) => left.includes(trace));
        },
        { timeout: 10_000 },
      )
      .toEqual([]);

    const report = await verifyDatabase(server.deps.db, []);
    expect(report.breaks).toEqual([]);
    expect(report.erased).toBeGreaterThan(5);
    expect(await applicationRow(server, application.id)).toBeUndefined();
    const page = await readPage(server.deps.db, allScope, '1:0', 1_000).catch(() => '');
    expect(page).not.toMatch(/unmistakable|xylophone|zebulon/i);
    // Desks that lag behind still hear that the rows are gone.
    expect(page).toContain(developer);
  });

  it('is noted outside of the database, so that whom an old backup brings back can be erased again', async () => {
    const { db, commit } = server.deps;
    expect((await erase(developer)).statusCode).toBe(200);
    const noted = await notedErasures(server.dataDir);
    expect(noted).toContain(developer);
    expect(await knownAmong(db, noted)).toEqual([]);
    const row = { id: developer, portalId: catalog.portal.id, email, name: secretName } as const;
    const back: Row<'developer'> = {
      ...row,
      state: 'approved',
      ...undecided,
      verifiedAt: null,
      createdAt: '2026-01-02T03:04:05.678Z',
    };
    await commit((change) => change.put('developer', [back], { actor: 'system' }));
    expect(await knownAmong(db, noted)).toEqual([developer]);
  });

  it('ends their session, and is in the audit without saying who they were', async () => {
    await erase(developer);
    expect((await browser.call('GET', '/api/v2/applications')).status).toBe(401);
    const url = '/api/admin/v1/audit?action=developer.erased&limit=1';
    const { items } = z
      .object({ items: z.array(z.looseObject({ actor: z.string(), entityId: z.string() })) })
      .parse((await server.app.inject({ url, headers: owner.headers })).json());
    expect(items).toMatchObject([{ actor: `admin:${owner.id}`, entityId: developer }]);
    expect((await erase(developer)).statusCode).toBe(200);
  });

  it('remembers an admin’s no, but not of whom', async () => {
    const autoApproved = async (address: string): Promise<string> => {
      const again = openBrowser(server.app, '');
      const id = await register(again, server.deps, address);
      const row = await server.deps.db
        .selectFrom('developers')
        .select('state')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return row.state;
    };
    const { portal } = catalog;
    await server.deps.commit((change) =>
      change.put('portal', [{ ...portal, autoApproveDevelopers: true, revision: 2 }], { actor: 'system' }),
    );
    await erase(developer);
    expect(await autoApproved(email)).toBe('approved');

    const refused = `zebulon-refused@unmistakable.example`;
    const id = await register(openBrowser(server.app, ''), server.deps, refused);
    await decide(server, 'developer', id, 'revoked');
    await erase(id);
    expect(await everything()).not.toContain('zebulon-refused');
    expect(await autoApproved('zebulon-refused+again@unmistakable.example')).toBe('pending');
  });

  it('is the owners’, and says of whom nobody knows that there is nothing', async () => {
    const reviewer = await signedInAdmin(server.deps, 'reviewer');
    expect((await erase(developer, reviewer)).statusCode).toBe(403);
    expect((await erase(crypto.randomUUID())).json()).toMatchObject({ status: 404, code: 'not_found' });
  });
});

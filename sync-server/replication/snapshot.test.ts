import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entities, entityKinds, type EntityKind } from '../../domain/entities.ts';
import { columnName } from '../../domain/columns.ts';
import { changesPageSchema, type Frame } from '../../domain/wire/frames.ts';
import { manifestSchema, type Chunk, type Manifest } from '../../domain/wire/snapshot.ts';
import { signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createTestPortal } from '../decisions/testing.ts';
import { createHttp } from '../http/server.ts';
import { buildSnapshot } from './build.ts';
import { changesRoute } from './changes.ts';
import { readHead } from './frames.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { everything } from '../scopes/scope.ts';
import { createSnapshots } from './snapshots.ts';
import { createSnapshotStore, type SnapshotStore } from './store.ts';

let test: TestDeps;
let app: FastifyInstance;
let admin: TestAdmin;
let dataDir: string;
let store: SnapshotStore;
let copy: PGlite;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-snapshot-'));
  test = await createTestDeps();
  store = createSnapshotStore(dataDir);
  app = await createHttp({ log: test.deps.log, tls: false });
  const snapshots = createSnapshots({ ...test.deps, store });
  await app.register(snapshotRoutes({ ...test.deps, snapshots, store }));
  await app.register(changesRoute({ ...test.deps, reached: { note: () => undefined } }));
  admin = await signedInAdmin(test.deps);
  copy = await openCopy();
});

beforeEach(async () => {
  const tables = Object.values(entities).map(({ table }) => table);
  await copy.exec(`truncate ${tables.join(', ')}`);
});

afterAll(async () => {
  await copy.close();
  await app.close();
  await test.close();
  await rm(dataDir, { recursive: true, force: true });
});

function get(url: string, headers: Record<string, string> = {}) {
  return app.inject({ url, headers: { ...admin.headers, ...headers } });
}

async function manifest(): Promise<Manifest> {
  return manifestSchema.parse((await get('/api/admin/v1/snapshot')).json());
}

/** A desk's copy: the entities' tables and nothing else. */
async function openCopy(): Promise<PGlite> {
  const opened = await PGlite.create();
  for (const { table, columns } of Object.values(entities)) {
    const shape = Object.entries(columns).map(
      ([name, { sql, nullable }]) => `${columnName(name)} ${sql}${nullable ? '' : ' not null'}`,
    );
    await opened.exec(`create table ${table} (${shape.join(', ')}, primary key (id))`);
  }
  await opened.exec("set timezone to 'UTC'");
  return opened;
}

async function loadChunk({ entity, columns, rows, sha256 }: Chunk, packed: Buffer): Promise<void> {
  expect(createHash('sha256').update(packed).digest('hex')).toBe(sha256);
  const loaded = await copy.query(
    `copy ${entities[entity].table} (${columns.join(', ')}) from '/dev/blob' with (format binary)`,
    [],
    { blob: new Blob([new Uint8Array(gunzipSync(packed))]) },
  );
  expect(loaded.affectedRows).toBe(rows);
}

async function load({ id, chunks }: Manifest): Promise<void> {
  for (const chunk of chunks) {
    const answer = await get(`/api/admin/v1/snapshot/${id}/${chunk.number}`);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/gzip',
      etag: `"${chunk.sha256}"`,
      'content-length': String(chunk.bytes),
    });
    await loadChunk(chunk, answer.rawPayload);
  }
}

async function apply(frames: readonly Frame[]): Promise<void> {
  for (const item of frames.flatMap(({ items }) => items)) {
    if (item.k !== 'row') continue;
    const { table, columns } = entities[item.entity];
    await copy.query(`delete from ${table} where id = $1`, [item.id]);
    if (!item.row) continue;
    const names = Object.keys(columns);
    const shape = Object.entries(columns).map(([name, { sql }]) => `"${name}" ${sql}`);
    await copy.query(
      `insert into ${table} (${names.map(columnName).join(', ')}) select ${names.map((name) => `"${name}"`).join(', ')}
       from json_to_record($1::json) as r (${shape.join(', ')})`,
      [JSON.stringify(item.row)],
    );
  }
}

async function catchUp(after: number): Promise<void> {
  let at = after;
  for (;;) {
    const answer = await get(`/api/admin/v1/changes?after=1:${at}`);
    const page = changesPageSchema.parse(answer.json());
    await apply(page.frames);
    at = page.frames.at(-1)?.to ?? at;
    if (!page.more) return;
  }
}

/** Every row of both, as text that PostgreSQL itself writes, so that not even a microsecond may differ. */
async function expectSame(): Promise<void> {
  for (const kind of entityKinds) {
    const { table } = entities[kind];
    const listing = `select to_jsonb(t)::text as row from ${table} t order by id`;
    const theirs = await copy.query<{ row: string }>(listing);
    const client = await test.deps.pool.connect();
    await client.query("set timezone to 'UTC'");
    const ours = await client.query<{ row: string }>(listing);
    client.release();
    const parse = ({ row }: { row: string }): unknown => JSON.parse(row);
    expect(theirs.rows.map(parse)).toEqual(ours.rows.map(parse));
  }
}

describe('a snapshot', () => {
  it('is the tables as they were, to the last character, also after further changes', async () => {
    const { requests, portal } = await createTestPortal(test.deps.commit, 50);
    const [first, second] = requests;
    if (!first || !second) throw new Error('no requests');
    const made = await manifest();
    await load(made);
    await expectSame();

    await test.deps.commit(async (change) => {
      const description = 'commas, "quotes"\nand\\N lines\r\n';
      await change.put('application', [{ ...first.application, description, revision: 2 }], {
        actor: 'developer:x',
      });
      await change.put('portal', [{ ...portal, description: '', theme: { a: [null, '"', 1.5] } }], {
        actor: 'admin:x',
      });
      await change.drop('developer', [second.developer], { actor: 'admin:x' });
    });
    await catchUp(made.seq);
    await expectSame();
  });

  it('shows the queue first: what waits, with the rows it is shown with', async () => {
    const { requests } = await createTestPortal(test.deps.commit, 3);
    await test.deps.commit((change) =>
      change.put(
        'developer',
        requests.map(({ developer }) => ({ ...developer, state: 'approved', revision: 2 })),
        { actor: 'admin:x' },
      ),
    );
    const fresh = await mkdtemp(join(tmpdir(), 'gatehouse-snapshot-'));
    const made = await buildSnapshot(test.deps.pool, createSnapshotStore(fresh), {
      scope: everything,
      chunkRows: 20,
    });
    await rm(fresh, { recursive: true });
    const order = made.chunks.map(({ entity }) => entity);
    const firstOf = (kind: EntityKind): number => order.indexOf(kind);
    expect(firstOf('portal')).toBeLessThan(firstOf('developer'));
    expect(firstOf('developer')).toBeLessThan(firstOf('application'));
    expect(order.at(-1)).toBe('credential');
    expect(Math.max(...made.chunks.map(({ rows }) => rows))).toBe(20);
    // Every developer here has something that waits, so there is no rest of them.
    const rest = order.slice(order.lastIndexOf('registration'));
    expect(rest).not.toContain('developer');
    expect(made.chunks.map(({ number }) => number)).toEqual(made.chunks.map((_, index) => index));
  });

  it('made while others write is of one moment, and the changes after it lead to the present', async () => {
    const { requests } = await createTestPortal(test.deps.commit, 200);
    let left = Infinity;
    const writer = (async () => {
      for (let n = 2; left > 0; n++, left--) {
        await test.deps.commit(async (change) => {
          const rows = requests.slice(0, 20);
          await change.put(
            'developer',
            rows.map(({ developer }) => ({ ...developer, name: `n${n}`, revision: n })),
            { actor: 'x' },
          );
          await change.put(
            'application',
            rows.map(({ application }) => ({ ...application, name: `n${n}`, revision: n })),
            { actor: 'x' },
          );
        });
      }
    })();
    const { seq: start } = await readHead(test.deps.db);
    await test.deps.wake.wait(start, 10_000);
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-snapshot-'));
    const other = createSnapshotStore(folder);
    // From its moment on so many commits more: on a busy machine it takes longer, and all of them are loaded below.
    const begin = (id: string): Promise<string> => {
      left = 20;
      return other.begin(id);
    };
    const store = { ...other, begin };
    const made = await buildSnapshot(test.deps.pool, store, { scope: everything, chunkRows: 7 });
    await writer;
    expect((await readHead(test.deps.db)).seq).toBeGreaterThan(made.seq);
    for (const chunk of made.chunks) {
      await loadChunk(chunk, await readFile(await other.chunkFile(made.id, chunk.number)));
    }
    await rm(folder, { recursive: true });
    // Every commit named both tables' rows alike.
    const names = await copy.query(
      "select name from developers where name like 'n%' union select name from applications where name like 'n%'",
    );
    expect(names.rows).toHaveLength(1);
    await catchUp(made.seq);
    await expectSame();
  }, 120_000);

  it('is used again until the log has moved on, and is private on the disk', async () => {
    const [first, second] = await Promise.all([manifest(), manifest()]);
    expect(second.id).toBe(first.id);
    await createTestPortal(test.deps.commit, 10);
    expect((await manifest()).id).toBe(first.id);
    const again = createSnapshots({ ...test.deps, store: createSnapshotStore(dataDir) });
    expect((await again.current(everything)).id).toBe(first.id);

    await createTestPortal(test.deps.commit, 1_300);
    const third = await manifest();
    expect(third.id).not.toBe(first.id);
    expect((await readdir(join(dataDir, 'snapshots'))).filter((name) => name.startsWith('.'))).toEqual([]);
    // Who was loading the one before may finish.
    expect((await get(`/api/admin/v1/snapshot/${first.id}/0`)).statusCode).toBe(200);
  });

  it('of another history is not taken for ours', async () => {
    const made = await manifest();
    await test.deps.db
      .updateTable('changeLog')
      .set({ hash: Buffer.alloc(32, 7) })
      .where('seq', '=', made.seq)
      .execute();
    await createTestPortal(test.deps.commit, 1);
    expect((await manifest()).id).not.toBe(made.id);
  });

  it('that is gone, or a chunk that is not in it, has its code', async () => {
    const made = await manifest();
    const gone = await get('/api/admin/v1/snapshot/1-1-0000000000000000/0');
    expect(gone.json()).toMatchObject({ status: 410, code: 'snapshot_gone' });
    const none = await get(`/api/admin/v1/snapshot/${made.id}/9999`);
    expect(none.json()).toMatchObject({ status: 404, code: 'not_found' });
    const odd = await get(`/api/admin/v1/snapshot/${encodeURIComponent('../../etc')}/0`);
    expect(odd.json()).toMatchObject({ status: 400, code: 'invalid_input' });
    const [chunk] = made.chunks;
    const known = await get(`/api/admin/v1/snapshot/${made.id}/0`, {
      'if-none-match': `"${chunk?.sha256 ?? ''}"`,
    });
    expect(known.statusCode).toBe(304);
  });
});

/**
 * The first sync of a device, two ways in one run: a snapshot, and the same rows as one Y.Doc. Both go from the server
 * over a socket into an open, empty PGlite with the desk's own tables; each server may have prepared what it serves.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import * as Y from 'yjs';
import { z } from 'zod';
import { entities, entityKinds } from '../../domain/entities.ts';
import { launchOwner } from '../../main/core/replica/launch.ts';
import { replicaIn } from '../../main/core/replica/replica.ts';
import { adminApi } from '../../main/core/sync/http.ts';
import { systemTransport } from '../../main/core/sync/transport.ts';
import { loadSnapshot } from '../../main/core/sync/snapshot.ts';
import { synced, testDesk } from '../../main/core/testing/desk.ts';
import { signedInAdmin } from '../../sync-server/admins/testing.ts';
import type { Db } from '../../sync-server/db/schema.ts';
import { deskFolders } from '../support/desk-folder.ts';
import { formBrowser } from '../support/sign-in.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { fill } from './fill.ts';
import { median, timed, type Figure, type Measurement, type Say } from './measure.ts';

const section = 'first-sync';
const runs = 3;
const megabyte = 1_000_000;

interface Way {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** A device that loads the newest snapshot, through the desk's own modules. */
async function bySnapshot(server: string, token: string, dataDir: string): Promise<Way> {
  const replica = replicaIn(dataDir, launchOwner);
  try {
    await replica.open('bench');
    const plain = adminApi(server, token, new AbortController().signal, systemTransport.dispatcher());
    let bytes = 0;
    const api: typeof plain = {
      ...plain,
      chunk: async (snapshot, chunk) => {
        const arrived = await plain.chunk(snapshot, chunk);
        bytes += arrived.length;
        return arrived;
      },
    };
    const milliseconds = await timed(() =>
      loadSnapshot({ api, replica, epoch: 1, onChunk: () => undefined }),
    );
    return { milliseconds, bytes };
  } finally {
    await replica.close(false);
    replica.stop();
  }
}

/** All rows as one map of JSON, as a server that keeps its state in a document would hold it. */
async function oneDocument(db: Db): Promise<Y.Doc> {
  const doc = new Y.Doc();
  for (const kind of entityKinds) {
    const rows = await db
      .selectFrom(entities[kind].table as 'registrations')
      .selectAll()
      .execute();
    const map = doc.getMap<string>(kind);
    doc.transact(() => rows.forEach((row) => map.set(row.id, JSON.stringify(row))));
  }
  return doc;
}

const saidSchema = z.object({ said: z.string() });

/** A device that takes the document: a process of its own, as the owner of the desk's PGlite is. */
async function byDocument(url: string, dataDir: string): Promise<number> {
  const child = fork(fileURLToPath(new URL('./document-device.ts', import.meta.url)), [dataDir, url]);
  const said = async (wanted: string): Promise<void> => {
    for (;;) {
      const [message] = (await once(child, 'message')) as [unknown];
      if (saidSchema.parse(message).said === wanted) return;
    }
  };
  try {
    await said('open');
    return await timed(async () => {
      child.send('go');
      await said('stored');
    });
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

async function serveDocument(doc: Y.Doc) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  let bytes = 0;
  server.on('connection', (socket) => {
    const update = Y.encodeStateAsUpdate(doc);
    bytes = update.length;
    socket.send(update);
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}`,
    bytes: () => bytes,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A new admin's desk, from the end of the sign-in on: until it shows rows, and until it stands at the server's cursor. */
async function wholeDesk(
  whole: Whole,
  dataDir: string,
  say: Say,
): Promise<{ firstRows: number; inSync: number }> {
  const person = await whole.addAdmin('Ada');
  const desk = await testDesk({
    dataDir,
    server: whole.cable.url,
    openBrowser: formBrowser(person),
  });
  try {
    const filter = { kinds: [], states: ['pending' as const], portalId: null, search: '' };
    let start = 0;
    let looking = false;
    const firstRows = new Promise<number>((resolve, reject) => {
      desk.events.subscribe('session', ({ signedIn }) => {
        if (signedIn && start === 0) start = performance.now();
      });
      desk.events.subscribe('changed', () => {
        if (looking) return;
        looking = true;
        desk
          .ask('queue.page', { filter, after: null, limit: 50 })
          .then(({ rows }) => {
            looking = false;
            if (rows.length > 0) resolve(performance.now() - start);
          })
          .catch(reject);
      });
    });
    await desk.ask('session.signIn', {});
    const first = await firstRows;
    say(`first-sync: rows on screen after ${Math.round(first)} ms`);
    await desk.until(synced);
    return { firstRows: first, inSync: performance.now() - start };
  } finally {
    await desk.close();
  }
}

export const measureFirstSync: Measurement = async ({ rows, say }) => {
  const whole = await startWhole();
  const folders = await deskFolders();
  try {
    const { deps, url } = whole.server;
    const admin = await signedInAdmin(deps);
    const filling = performance.now();
    const filled = await fill(deps.commit, rows, admin.id);
    const inFilling = Math.round(performance.now() - filling);
    say(`first-sync: ${filled.rows} rows committed in ${inFilling} ms`);

    const cold = await bySnapshot(url, admin.token, await folders.make());
    say(`first-sync: the first device, for which the snapshot is made: ${Math.round(cold.milliseconds)} ms`);
    const doc = await oneDocument(deps.db);
    const document = await serveDocument(doc);
    const snapshots: Way[] = [];
    const documents: number[] = [];
    for (let run = 0; run < runs; run++) {
      documents.push(await byDocument(document.url, await folders.make()));
      snapshots.push(await bySnapshot(url, admin.token, await folders.make()));
      say(
        `first-sync: document ${Math.round(documents.at(-1) ?? 0)} ms, snapshot ${Math.round(snapshots.at(-1)?.milliseconds ?? 0)} ms`,
      );
    }
    await document.close();
    doc.destroy();
    const desk = await wholeDesk(whole, await folders.make(), say);

    const bySnapshots = median(snapshots.map(({ milliseconds }) => milliseconds));
    const byDocuments = median(documents);
    const chart = 'first sync into PGlite';
    const figures: Figure[] = [
      {
        section,
        what: `registrations (${filled.rows.toLocaleString('en')} rows in all)`,
        value: rows,
        unit: 'rows',
      },
      { section, what: 'as one Y.Doc', value: byDocuments, unit: 'ms', chart },
      { section, what: 'as a snapshot', value: bySnapshots, unit: 'ms', chart },
      { section, what: 'as a snapshot that is made first', value: cold.milliseconds, unit: 'ms', chart },
      {
        section,
        what: 'snapshot faster than Y.Doc',
        value: byDocuments / bySnapshots,
        unit: '×',
        target: { at: 2.5, is: 'least' },
      },
      {
        section,
        what: 'on the wire, Y.Doc',
        value: document.bytes() / megabyte,
        unit: 'MB',
        chart: 'bytes on the wire',
      },
      {
        section,
        what: 'on the wire, snapshot',
        value: cold.bytes / megabyte,
        unit: 'MB',
        target: { at: 10, is: 'most' },
        chart: 'bytes on the wire',
      },
      {
        section,
        what: 'first rows on screen after sign-in',
        value: desk.firstRows,
        unit: 'ms',
        target: { at: 500, is: 'most' },
        chart: 'a new desk',
      },
      {
        section,
        what: 'whole desk in sync after sign-in',
        value: desk.inSync,
        unit: 'ms',
        chart: 'a new desk',
      },
    ];
    return figures;
  } finally {
    await whole.close();
    await folders.remove();
  }
};

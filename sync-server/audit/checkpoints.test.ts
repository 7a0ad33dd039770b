import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { serverKey } from '../signing/key.ts';
import { loadCheckpointKey } from './checkpoint-key.ts';
import { readCheckpoints } from './checkpoint-read.ts';
import { startCheckpoints, type Checkpointer, type CheckpointLog } from './checkpointer.ts';
import { collectBreaks } from './report.ts';
import { verifyDatabase } from './verify-sources.ts';

let test: TestDeps;
let folder: string;
let file: string;
const running: Checkpointer[] = [];
const key = serverKey(generateKeyPairSync('ed25519').privateKey);

beforeAll(async () => {
  test = await createTestDeps();
});

afterAll(() => test.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-checkpoints-'));
  file = join(folder, 'checkpoints.log');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

async function start(more: { entries?: number; url?: string; log?: CheckpointLog } = {}) {
  const { entries = 1_000, url = null, log = test.deps.log } = more;
  const settings = {
    checkpoints: file,
    checkpointUrl: url,
    checkpointEntries: entries,
    checkpointMinutes: 60,
  };
  const started = await startCheckpoints({ ...test.deps, log, key }, settings);
  running.push(started);
  return started;
}

function change(count = 1): Promise<void> {
  return test.deps.commit(async (commit) => {
    for (let number = 0; number < count; number++) {
      const id = crypto.randomUUID();
      const row = { id, portalId: null, region: 'eu', name: id, revision: 1, createdAt: commit.now };
      await commit.put('gateway', [row], { actor: 'system' });
    }
  });
}

async function read() {
  const breaks = collectBreaks();
  const { attested, notes } = await readCheckpoints(file, [key.publicKey.toString('hex')], breaks);
  return { attested, notes, breaks: breaks.list().breaks };
}

async function head(): Promise<number> {
  const { seq } = await test.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
}

describe('checkpoints', () => {
  it('are made at the start, after so many entries and at the end, private to the server’s account', async () => {
    await change();
    const first = await head();
    const checkpoints = await start({ entries: 5 });
    await change(7);
    await expect.poll(async () => (await read()).attested.map(({ seq }) => seq)).toEqual([first, first + 7]);
    await change();
    await checkpoints.stop();
    const { attested, breaks } = await read();
    expect(attested.map(({ seq }) => seq)).toEqual([first, first + 7, first + 8]);
    expect(breaks).toEqual([]);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await verifyDatabase(test.deps.db, attested)).toMatchObject({ ok: true, attested: first + 8 });
  });

  it('go on behind a line that a crash left half written', async () => {
    await change();
    await (await start()).stop();
    const [line = ''] = (await readFile(file, 'utf8')).split('\n');
    await appendFile(file, line.slice(0, 40));
    await change();
    await (await start()).stop();
    const { attested, breaks, notes } = await read();
    expect(attested).toHaveLength(2);
    expect(breaks).toEqual([]);
    expect(notes).toHaveLength(1);
  });

  it('of several processes in one file do not disturb each other', async () => {
    await change();
    const both = [await start({ entries: 1 }), await start({ entries: 1 })];
    for (let round = 0; round < 10; round++) {
      await change();
      await Promise.all(both.map((one) => one.now()));
    }
    const { attested, breaks } = await read();
    expect(breaks).toEqual([]);
    expect(attested.length).toBeGreaterThan(11);
    expect(await verifyDatabase(test.deps.db, attested)).toMatchObject({ ok: true });
  });

  it('are not given to a log that was cut or rewritten: that is an alarm', async () => {
    await change(3);
    await (await start()).stop();
    const before = (await read()).attested.length;
    const alarms: unknown[] = [];
    const log = { error: (about: object) => alarms.push(about), warn: () => undefined };
    const at = await head();
    const rewrite = (hash: Buffer) =>
      test.deps.db.updateTable('changeLog').set({ hash }).where('seq', '=', at).execute();
    const { hash } = await test.deps.db
      .selectFrom('changeLog')
      .select('hash')
      .where('seq', '=', at)
      .executeTakeFirstOrThrow();
    await rewrite(Buffer.alloc(32, 7));
    await (await start({ log })).stop();
    expect(alarms.length).toBeGreaterThan(0);
    expect((await read()).attested).toHaveLength(before);
    await rewrite(hash);
    await change();
    await (await start()).stop();
    expect((await read()).attested).toHaveLength(before + 1);
  });

  it('are missed where a file holds none, and not taken for a crash’s where no crash leaves such', async () => {
    await change();
    await (await start()).stop();
    await change();
    await (await start()).stop();
    const whole = await readFile(file, 'utf8');
    const [first = '', second = ''] = whole.split('\n');
    const told = async (text: string) => {
      await writeFile(file, text);
      const { attested, breaks, notes } = await read();
      return { held: attested.length, breaks: breaks.map(({ what }) => what), notes };
    };
    const none = `${file} holds no checkpoint that counts`;
    expect(await told('')).toEqual({ held: 0, breaks: [none], notes: [] });
    expect(await told('\u0001\n')).toEqual({
      held: 0,
      breaks: ['checkpoint, line 1: it cannot be read', none],
      notes: [],
    });
    // What a power cut may leave: the length of a line, and not all of its bytes.
    const torn = 'note: checkpoint, line 2: it was left half written';
    for (const rest of [second.slice(0, -1), second.slice(0, 4), `${second.slice(0, 90)}\0\0\0`, '\0\0']) {
      expect(await told(`${first}\n${rest}`)).toEqual({ held: 1, breaks: [], notes: [torn] });
    }
    // A copy by another system, and a line that was copied twice.
    expect(await told(whole.replaceAll('\n', '\r\n'))).toEqual({ held: 2, breaks: [], notes: [] });
    expect(await told(`${first}\n${second}\n${second}\n`)).toEqual({
      held: 2,
      breaks: [],
      notes: ['note: checkpoint, line 3: it is there twice'],
    });
    await rm(file);
    const breaks = collectBreaks();
    await readCheckpoints(folder, [], breaks);
    expect(breaks.list().breaks.map(({ what }) => what)).toEqual([
      `${folder} holds no file of checkpoints (*.log)`,
    ]);
  });

  it('have a key of their own, made once however many ask for it', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => loadCheckpointKey(folder)));
    expect(new Set(keys.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });
});

describe('a checkpoint address', () => {
  let server: Server;
  let url: string;
  const received: string[] = [];
  const proofs = new Set<string | undefined>();
  let status = 204;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        if (status < 300) received.push(body);
        proofs.add(request.headers.authorization);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/` : '';
  });

  afterAll(() => void server.close());

  it('gets each line, those that it refused with the next one', async () => {
    status = 503;
    const checkpoints = await start({ url });
    await change();
    await checkpoints.now();
    expect(received).toEqual([]);
    status = 204;
    await change();
    await checkpoints.now();
    expect(received).toEqual((await readFile(file, 'utf8')).trimEnd().split('\n'));
  });

  it('may come with a name and a password', async () => {
    proofs.clear();
    const checkpoints = await start({ url: url.replace('//', '//dana:p%40ss@') });
    await change();
    await checkpoints.now();
    expect([...proofs]).toEqual([`Basic ${Buffer.from('dana:p@ss').toString('base64')}`]);
  });
});

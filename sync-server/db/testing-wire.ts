/** A wire to a database, for tests: one that can go silent without a word, or that swallows notifications as poolers do. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';

export interface TestWire {
  /** The folder of its socket: connect to it in the database's place. */
  readonly host: string;
  /** From here on nothing passes over connections on which `said` was sent, and nobody is told; later ones work. */
  silence(said: string): void;
  /** What it leads to, through it: `postgresql://…`. */
  readonly connectionString: string;
  close(): Promise<void>;
}

/** PostgreSQL's NotificationResponse. */
const notification = 0x41;
const headBytes = 5;

/** Passes on all messages of a database but its notifications. */
function withoutNotifications(): Transform {
  let kept = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= headBytes) {
        const length = 1 + kept.readUInt32BE(1);
        if (kept.length < length) break;
        if (kept[0] !== notification) this.push(kept.subarray(0, length));
        kept = kept.subarray(length);
      }
      done();
    },
  });
}

export async function openTestWire(
  to: { readonly host: string; readonly port: number; readonly user: string; readonly database: string },
  swallowsNotifications = false,
): Promise<TestWire> {
  const host = await mkdtemp(join(tmpdir(), 'gatehouse-wire-'));
  const name = `.s.PGSQL.${to.port}`;
  const open = new Map<Socket, { text: string }>();
  const server = createServer((near) => {
    const far = connect(join(to.host, name));
    const heard = { text: '' };
    near.on('data', (chunk: Buffer) => {
      // What a connection is for is said at its beginning.
      if (heard.text.length < 10_000) heard.text += chunk.toString('latin1');
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.set(one, heard);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
    if (swallowsNotifications) far.pipe(withoutNotifications()).pipe(near);
    else far.pipe(near);
  });
  server.listen(join(host, name));
  await once(server, 'listening');
  return {
    host,
    connectionString: `postgresql://${to.user}@${encodeURIComponent(host)}:${to.port}/${to.database}`,
    silence(said) {
      for (const [socket, { text }] of open) {
        if (!text.includes(said)) continue;
        socket.unpipe();
        socket.pause();
      }
    },
    async close() {
      for (const socket of open.keys()) socket.destroy();
      server.close();
      await rm(host, { recursive: true, force: true });
    },
  };
}

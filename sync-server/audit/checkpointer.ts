/**
 * Writes checkpoints outside the database while the server runs: after so many entries, after so long, and at the end. A
 * log that does not lead on from the last checkpoint is not signed: that is the alarm.
 */
import type { Wake } from '../changelog/wake.ts';
import type { Config } from '../config/config.ts';
import { isoTime } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { startRounds } from '../rounds/rounds.ts';
import type { ServerKey } from '../signing/key.ts';
import type { Attested } from './attested.ts';
import { appendCheckpoint, lastCheckpoint } from './checkpoint-file.ts';
import { checkpointLine } from './checkpoint-line.ts';

/** As in the server's settings. */
export type CheckpointSettings = Pick<
  Config,
  'checkpoints' | 'checkpointUrl' | 'checkpointEntries' | 'checkpointMinutes'
>;

export interface CheckpointLog {
  error(about: object, message: string): void;
  warn(about: object, message: string): void;
}

export interface CheckpointDeps {
  readonly db: Db;
  readonly wake: Wake;
  readonly log: CheckpointLog;
  readonly clock: () => number;
  readonly key: ServerKey;
}

export interface Checkpointer {
  /** Writes one now, where the log has moved; settles once it is on the disk. */
  now(): Promise<void>;
  /** Writes the last one. */
  stop(): Promise<void>;
}

const sendTimeout = 10_000;
/** What could not be sent is kept in memory up to here; the file has it all. */
const maxUnsent = 100;

export async function startCheckpoints(
  { db, wake, log, clock, key }: CheckpointDeps,
  settings: CheckpointSettings,
): Promise<Checkpointer> {
  const { checkpoints: path, checkpointUrl: url } = settings;
  let last: Attested | null = await lastCheckpoint(path);
  let unsent: string[] = [];
  let alarmed = false;

  async function leadsOn(head: Attested): Promise<boolean> {
    if (!last || last.epoch < head.epoch || last.seq === 0) return true;
    if (last.epoch > head.epoch) return false;
    return (await hashAt(db, last.seq)) === last.hash;
  }

  async function write(): Promise<void> {
    const { epoch, seq, hash } = await db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow();
    const head = { epoch, seq, hash: hash.toString('hex') };
    alarmed = !(await leadsOn(head));
    if (alarmed) {
      log.error(
        { checkpoint: { epoch: last?.epoch, seq: last?.seq }, head: { epoch, seq } },
        'the change log does not lead on from its last checkpoint: run gatehouse audit verify',
      );
      return;
    }
    if (seq === 0 || (last?.epoch === epoch && last.seq === seq)) return;
    const line = await appendCheckpoint(path, (prev) =>
      checkpointLine({ ...head, at: isoTime(clock()), prev }, key),
    );
    last = head;
    if (url !== null) {
      unsent = [...unsent, line].slice(-maxUnsent);
      await send(url);
    }
  }

  async function send(to: string): Promise<void> {
    try {
      for (let line = unsent[0]; line !== undefined; line = unsent[0]) {
        const { address, authorization } = destinationOf(to);
        const headers = { 'content-type': 'application/json', ...authorization };
        const signal = AbortSignal.timeout(sendTimeout);
        const answer = await fetch(address, {
          method: 'POST',
          headers,
          body: line,
          signal,
          redirect: 'error',
        });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`it answered ${answer.status}`);
        unsent.shift();
      }
    } catch (error) {
      log.warn({ err: error }, 'a checkpoint could not be sent; it is sent with the next one');
    }
  }

  const rounds = startRounds(write, {
    every: settings.checkpointMinutes * 60_000,
    failed: (error) => log.error({ err: error }, 'a checkpoint could not be written'),
  });
  const unsubscribe = wake.subscribe((seq) => {
    if (!alarmed && seq - (last?.seq ?? 0) >= settings.checkpointEntries) void rounds.now();
  });
  await rounds.now();
  return {
    now: rounds.now,
    async stop() {
      unsubscribe();
      await rounds.now();
      await rounds.stop();
    },
  };
}

/** An address may come with a name and a password, which no client takes as a part of it. */
function destinationOf(url: string): {
  readonly address: URL;
  readonly authorization: { authorization?: string };
} {
  const address = new URL(url);
  const [name, password] = [address.username, address.password].map(decodeURIComponent);
  if (!name && !password) return { address, authorization: {} };
  [address.username, address.password] = ['', ''];
  const proof = Buffer.from(`${name ?? ''}:${password ?? ''}`).toString('base64');
  return { address, authorization: { authorization: `Basic ${proof}` } };
}

async function hashAt(db: Db, seq: number): Promise<string | null> {
  const entry = await db.selectFrom('changeLog').select('hash').where('seq', '=', seq).executeTakeFirst();
  return entry?.hash.toString('hex') ?? null;
}

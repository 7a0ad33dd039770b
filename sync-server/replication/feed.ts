/**
 * What happens now, for the readers of one scope: follows the change log after every wake-up and puts it into a tail of
 * this process' own. Whoever has missed more than the tail holds catches up with `GET changes`.
 */
import type { Logger } from 'pino';
import type { Doc } from 'yjs';
import type { Cursor } from '../../domain/cursor.ts';
import { feedDocument } from '../../domain/wire/sync.ts';
import type { Wake } from '../changelog/wake.ts';
import type { Db } from '../db/schema.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { startRounds } from '../rounds/rounds.ts';
import { scopeOfAdmin, type Scope } from '../scopes/scope.ts';
import { readFrames, readHead } from './frames.ts';
import { openTail } from './tail.ts';

const retryMilliseconds = 500;

export interface Feed {
  /** The document's name on the wire. */
  readonly name: string;
  readonly instance: string;
  /** Where the tail ends. */
  cursor(): Cursor;
  /** Read only: to encode its state, and to hear its updates. */
  readonly doc: Doc;
  /** Settles once the tail has reached what the log holds now. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface FeedDeps {
  readonly db: Db;
  readonly wake: Wake;
  readonly log: Logger;
  /** Where its place is told, so that one who watches sees it stay behind. */
  readonly metrics: Pick<Metrics, 'follow'>;
}

/** The tail begins empty at the log's head. `instance` is fresh for each process. */
export async function startFeed(deps: FeedDeps, scope: Scope, instance: string): Promise<Feed> {
  const { db, wake, log, metrics } = deps;
  const { doc, append } = openTail();
  let cursor = await readHead(db);
  /** Once its reader may not see this scope any more. */
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  /** Whether its reader still has this scope. */
  async function stands(): Promise<boolean> {
    return !scope.limit || (await scopeOfAdmin(db, scope.limit.adminId)).name === scope.name;
  }

  async function follow(stopped: () => boolean): Promise<void> {
    if (over) return;
    const head = await readHead(db);
    // What was taken from somebody is not sent any more, whoever is still connected.
    over = !(await stands());
    if (over) return;
    while (!stopped() && cursor.seq < head.seq) {
      const frames = await readFrames(db, scope, cursor.seq, head);
      append(frames, head.epoch);
      cursor = { epoch: head.epoch, seq: frames.at(-1)?.to ?? head.seq };
    }
  }

  const rounds = startRounds(follow, {
    wake,
    failed: (error) => {
      log.warn({ err: error }, 'the feed could not read the change log; trying again');
      clearTimeout(retry);
      retry = setTimeout(() => void rounds.now(), retryMilliseconds);
    },
  });
  const unfollow = metrics.follow(() => cursor);
  return {
    name: feedDocument(scope.name, instance),
    instance,
    cursor: () => cursor,
    doc,
    settled: rounds.now,
    async stop() {
      unfollow();
      await rounds.stop();
      clearTimeout(retry);
      doc.destroy();
    },
  };
}

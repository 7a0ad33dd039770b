/**
 * The live tail: one Yjs document a process, written by nobody but this module. It follows the change log after every
 * wake-up and keeps only the last frames; whoever has missed more catches up with `GET changes`.
 */
import * as Y from 'yjs';
import type { Logger } from 'pino';
import type { Cursor } from '../../domain/cursor.ts';
import { feedDocument, listName } from '../../domain/wire/sync.ts';
import type { Wake } from '../changelog/wake.ts';
import type { Db } from '../db/schema.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { startRounds } from '../rounds/rounds.ts';
import { scopeOfAdmin, type Scope } from '../scopes/scope.ts';
import { readFrames, readHead, signpost, type FrameText } from './frames.ts';

/** The whole tail has to fit one message, beside what Yjs adds. */
const maxTailBytes = 512 * 1024;
const maxTailFrames = 500;
const retryMilliseconds = 500;

export interface Feed {
  /** The document's name on the wire. */
  readonly name: string;
  readonly instance: string;
  /** Where the tail ends. */
  cursor(): Cursor;
  /** Read only: to encode its state, and to hear its updates. */
  readonly doc: Y.Doc;
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
  const doc = new Y.Doc();
  const list = doc.getArray<string>(listName);
  const sizes: number[] = [];
  let bytes = 0;
  let cursor = await readHead(db);
  let over = false;
  let retry: NodeJS.Timeout | undefined;

  /** Appends at the end and trims at the head, as one update. What was just pushed is never trimmed with it. */
  function push(texts: readonly string[], added: number): void {
    doc.transact(() => {
      let head = 0;
      while (
        head < sizes.length &&
        (sizes.length - head + texts.length > maxTailFrames || bytes + added > maxTailBytes)
      ) {
        bytes -= sizes[head] ?? 0;
        head += 1;
      }
      sizes.splice(0, head);
      if (head > 0) list.delete(0, head);
      list.push([...texts]);
      sizes.push(...texts.map((text) => Buffer.byteLength(text)));
      bytes += added;
    });
  }

  /** A frame that no message can carry is left out; the signpost behind it sends readers to the pages. */
  function append(frames: readonly FrameText[], { epoch }: Cursor): void {
    let burst: string[] = [];
    let size = 0;
    const flush = (): void => {
      if (burst.length > 0) push(burst, size);
      burst = [];
      size = 0;
    };
    for (const { text, to } of frames) {
      const carried = Buffer.byteLength(text) > maxTailBytes ? signpost(epoch, to) : text;
      const weight = Buffer.byteLength(carried);
      if (size + weight > maxTailBytes) flush();
      burst.push(carried);
      size += weight;
    }
    flush();
  }

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
      append(frames, head);
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

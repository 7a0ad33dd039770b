/**
 * Keeps the copy at the server's cursor: a snapshot where there is nothing to build on, pages where the copy is behind
 * the live tail, and the tail's frames where they join on. Every frame that does not join on leads back to the pages.
 */
import { sameCursor, type Cursor } from '../../../domain/cursor.ts';
import type { EntityKind } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import type { Frame } from '../../../domain/wire/frames.ts';
import type { Standing } from '../replica/calls.ts';
import type { Replica } from '../replica/replica.ts';
import { checkFrame } from './feed.ts';
import type { AdminApi } from './http.ts';
import { loadSnapshot } from './snapshot.ts';

/** The most items of one transaction: enough to be fast in a burst, short enough to let the queue's reads through. */
const maxItems = 1_000;

export interface ReplicationNeeds {
  readonly api: AdminApi;
  readonly replica: Replica;
  /** The server's cursor and the scope of this session, as it said at the beginning. */
  readonly server: Cursor;
  readonly scope: string;
  /** The highest epoch that this desk has seen. */
  readonly epoch: number;
  /** Whether this is our device: another one may have used an id of ours, and its answers are not ours. */
  isOwn(device: string): boolean;
  /** Outcomes are on the disk before the cursor passes them. */
  answered(outcomes: readonly Outcome[], at: Cursor): Promise<void>;
  onEntities(kinds: readonly EntityKind[]): void;
  /** Rows or changes done and in all. */
  onProgress(done: number, of: number | null): void;
  onSynced(cursor: Cursor): void;
  onSnapshot(standing: Standing): void;
}

export interface Replication {
  /** Frames of the live tail. */
  push(frames: readonly Frame[]): void;
  /** Works until the copy stands at the server's cursor. Throws what ends the connection. */
  work(): Promise<void>;
}

function at({ epoch, to }: Frame): Cursor {
  return { epoch, seq: to };
}

function begins(frame: Frame, cursor: Cursor): boolean {
  return sameCursor({ epoch: frame.epoch, seq: frame.prev }, cursor);
}

const startOver = ['cursor_gone', 'cursor_ahead', 'scope_changed'];

/** The longest run of frames from the head that joins on to `cursor` and fits one transaction. */
export function joiningRun(frames: readonly Frame[], cursor: Cursor): readonly Frame[] {
  let end = cursor;
  let items = 0;
  let count = 0;
  for (const frame of frames) {
    items += frame.items.length;
    if (!begins(frame, end) || (count > 0 && items > maxItems)) break;
    end = at(frame);
    count++;
  }
  return frames.slice(0, count);
}

export function replicate(needs: ReplicationNeeds, found: Standing): Replication {
  const { api, replica } = needs;
  let cursor = found.scope === needs.scope ? found.cursor : null;
  let target = needs.server;
  let inbox: Frame[] = [];
  let working: Promise<void> | null = null;
  const began = cursor?.seq ?? 0;

  const progress = (): void => {
    if (cursor) needs.onProgress(cursor.seq - began, Math.max(target.seq - began, 0));
  };

  const apply = async (frames: readonly Frame[]): Promise<void> => {
    const outcomes = frames.flatMap(({ items }) =>
      items.flatMap((item) => (item.k === 'outcome' && needs.isOwn(item.device) ? [item.outcome] : [])),
    );
    const last = frames.at(-1);
    if (outcomes.length > 0 && last) await needs.answered(outcomes, at(last));
    const result = await replica.call('apply', frames);
    cursor = result.cursor;
    if (result.applied) needs.onEntities(result.entities);
  };

  const snapshot = async (): Promise<void> => {
    // The server may have to make it first, which takes a while: the desk is online by now.
    needs.onProgress(0, null);
    const standing = await loadSnapshot({
      api,
      replica,
      epoch: needs.epoch,
      onChunk: (done, of, entity) => {
        needs.onProgress(done, of);
        needs.onEntities([entity]);
      },
    });
    cursor = standing.cursor;
    needs.onSnapshot(standing);
  };

  /** One page. Where the server has nothing more, what it said at first does not bind us any longer. */
  const catchUp = async (from: Cursor): Promise<void> => {
    const page = await api.changes(from);
    if (page.more && page.frames.length === 0) throw new GatehouseError('frame_damaged');
    let frames: readonly Frame[] = page.frames.map(checkFrame);
    while (frames.length > 0 && cursor) {
      const run = joiningRun(frames, cursor);
      if (run.length === 0) throw new GatehouseError('frame_damaged');
      await apply(run);
      frames = frames.slice(run.length);
      progress();
    }
    if (page.more || !cursor) return;
    if (page.frames.length === 0 && inbox.length > 0) throw new GatehouseError('frame_damaged');
    target = cursor;
  };

  const step = async (): Promise<boolean> => {
    if (!cursor) {
      await snapshot();
      return true;
    }
    const here = cursor;
    inbox = inbox.filter(
      (frame) => frame.epoch > here.epoch || (frame.epoch === here.epoch && frame.to > here.seq),
    );
    const run = joiningRun(inbox, here);
    if (run.length > 0) {
      await apply(run);
      inbox = inbox.slice(run.length);
      const last = run.at(-1);
      if (last && (last.epoch > target.epoch || last.to > target.seq)) target = at(last);
      return true;
    }
    if (inbox.length === 0 && target.epoch === here.epoch && target.seq <= here.seq) return false;
    progress();
    await catchUp(here);
    return true;
  };

  const stepOrStartOver = async (): Promise<boolean> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof GatehouseError) || !startOver.includes(error.code)) throw error;
      cursor = null;
      return true;
    }
  };

  const work = async (): Promise<void> => {
    if (needs.server.epoch < needs.epoch) throw new GatehouseError('epoch_lower');
    while (await stepOrStartOver());
    if (cursor) needs.onSynced(cursor);
  };

  return {
    push: (frames) => {
      inbox.push(...frames);
    },
    work: async () => {
      // Frames that arrive during the last step of a run want another one.
      while (working) await working;
      working = work().finally(() => (working = null));
      await working;
    },
  };
}

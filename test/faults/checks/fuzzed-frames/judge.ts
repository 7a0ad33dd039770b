/** What has to hold after any frame, whatever was in it. */
import * as Y from 'yjs';
import { intentSchema } from '../../../../domain/intents.ts';
import { listName } from '../../../../domain/wire/sync.ts';
import type { Feed } from '../../../../sync-server/replication/feed.ts';
import { checksumFits } from './bytes.ts';
import type { Mutant } from './mutate.ts';
import type { StandIn } from './stand-in.ts';

const slow = 1_000;
/** The state of a live tail at most, and what it is wrapped in. */
const mostSaid = 1024 * 1024;

const refusals = ['frame_damaged', 'frame_too_large', 'document_refused', 'invalid_input', 'rate_limited'];

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.from(left).equals(Buffer.from(right));
}

function isIntent(text: unknown): boolean {
  return typeof text === 'string' && intentSchema.safeParse(JSON.parse(text)).success;
}

/** Whether `after` is `before` without some of its head and with intents at its end. */
function appendedOrTrimmed(before: readonly unknown[], after: readonly unknown[]): boolean {
  for (let trim = 0; trim <= before.length; trim++) {
    const kept = before.slice(trim);
    if (!kept.every((text, place) => after[place] === text)) continue;
    return after.slice(kept.length).every((text) => isIntent(text) && !before.includes(text));
  }
  return false;
}

/** Sends the frame and answers what is wrong, or null. */
export function judge(connection: StandIn, feed: Feed, { frame, binary }: Mutant): string | null {
  const { doc } = connection;
  const list = doc.getArray<unknown>(listName);
  const tail = Y.encodeStateAsUpdate(feed.doc);
  const state = Y.encodeStateAsUpdate(doc);
  const before = list.toArray();
  const [said, kept] = [connection.said(), connection.kept()];
  const start = performance.now();
  try {
    connection.receive(frame, binary);
  } catch (error) {
    return `it crashed: ${String(error)}`;
  }
  const took = performance.now() - start;
  if (took > slow) return `it took ${Math.round(took)} ms`;
  if (!sameBytes(tail, Y.encodeStateAsUpdate(feed.doc))) return 'the live tail changed';
  if (connection.said() - said > mostSaid) return 'the answer is out of proportion';
  const code = connection.ended();
  if (code !== null) {
    if (!sameBytes(state, Y.encodeStateAsUpdate(doc))) return `refused (${code}), and the document changed`;
    if (!refusals.includes(code)) return `refused with ${code}`;
    return connection.kept() > kept || code === 'rate_limited'
      ? null
      : `refused (${code}), and nothing was kept`;
  }
  if (!binary || !checksumFits(frame)) return 'a damaged frame was taken';
  if (doc.store.pendingStructs || doc.store.pendingDs) return 'something is left waiting';
  if (doc.share.size !== 1 || doc.store.clients.size > 1) return 'another root or writer got in';
  return appendedOrTrimmed(before, list.toArray()) ? null : 'the list changed in other ways';
}

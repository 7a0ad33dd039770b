/**
 * Change frames from the change log. A frame is written as text straight from the log's exact bytes: nothing is parsed
 * only to be written again.
 */
import type { Cursor } from '../../domain/cursor.ts';
import { maxFrameItems } from '../../domain/wire/frames.ts';
import type { Db } from '../db/schema.ts';
import type { Scope } from '../scopes/scope.ts';
import { readLimited, type LogItem, type Stretch } from './limited.ts';

/** A frame as JSON text, as `frameSchema` has it. */
export interface FrameText {
  readonly prev: number;
  readonly to: number;
  readonly text: string;
}

/** A frame is closed at this size, so that the live tail can carry several in one message. */
const maxFrameBytes = 128 * 1024;

/** The log's last cursor. */
export function readHead(db: Db): Promise<Cursor> {
  return db.selectFrom('logHead').select(['epoch', 'seq']).executeTakeFirstOrThrow();
}

/** The first seq that is still in the log, or null where it is empty. */
export async function firstSeq(db: Db): Promise<number | null> {
  const first = await db.selectFrom('changeLog').select('seq').orderBy('seq').limit(1).executeTakeFirst();
  return first?.seq ?? null;
}

/**
 * Frames from `after` to at most `head`, the first up to `maxFrameItems` changes that the scope may see, closed earlier where
 * they are large. Empty only where `after` is the head.
 */
export async function readFrames(db: Db, scope: Scope, after: number, head: Cursor): Promise<FrameText[]> {
  const stretch = scope.limit
    ? await readLimited(db, scope.limit, after, head.seq)
    : await readAll(db, after, head.seq);
  return frameTexts(stretch, after, head.epoch);
}

async function readAll(db: Db, after: number, to: number): Promise<Stretch> {
  const items = await db
    .selectFrom('changeLog')
    .select(['seq', 'at', 'actor', 'device', 'batch', 'kind', 'entity', 'entityId', 'revision', 'payload'])
    .where('seq', '>', after)
    .where('seq', '<=', to)
    .orderBy('seq')
    .limit(maxFrameItems)
    .execute();
  return { items, to: items.length < maxFrameItems ? to : (items.at(-1)?.seq ?? to) };
}

function frameTexts({ items: found, to: end }: Stretch, after: number, epoch: number): FrameText[] {
  const frames: FrameText[] = [];
  let items: string[] = [];
  let bytes = 0;
  let prev = after;
  let to = after;
  const close = (): void => {
    if (to === prev) return;
    frames.push({ prev, to, text: frameText(epoch, prev, to, items) });
    prev = to;
    items = [];
    bytes = 0;
  };
  for (const item of found) {
    const text = itemText(item);
    const size = Buffer.byteLength(text);
    // A frame ends where a change ends: what it brings along is told in the same one.
    if (bytes + size > maxFrameBytes && item.seq > to) close();
    if (text !== '') items.push(text);
    bytes += size;
    to = item.seq;
  }
  to = end;
  close();
  return frames;
}

function frameText(epoch: number, prev: number, to: number, items: readonly string[]): string {
  return `{"epoch":${epoch},"prev":${prev},"to":${to},"items":[${items.join(',')}]}`;
}

/** A frame without items that begins where it ends: whoever is not there yet catches up. */
export function signpost(epoch: number, seq: number): string {
  return frameText(epoch, seq, seq, []);
}

/** One item, or nothing where a person's data was erased from the log, or for what only the audit tells of. */
function itemText({ payload, ...entry }: LogItem): string {
  if (!payload || entry.kind === 'event') return '';
  const { seq, kind, device, batch, entity, entityId: id, revision, actor, at } = entry;
  const head =
    kind === 'row'
      ? JSON.stringify({ k: 'row', seq, entity, id, revision, actor, at })
      : JSON.stringify({ k: 'outcome', seq, device, batch });
  return `${head.slice(0, -1)},"${kind}":${payload.toString('utf8')}}`;
}

/** `GET changes`: how a device that is behind the live tail catches up, page by page. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { cursorTextSchema, parseCursor, type Cursor } from '../../domain/cursor.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { parse } from '../http/parse.ts';
import type { Scope } from '../scopes/scope.ts';
import type { Reached } from './reached.ts';
import { firstSeq, readFrames, readHead, type FrameText } from './frames.ts';

const querySchema = z.strictObject({
  after: cursorTextSchema,
  /** The most frames of the page. */
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** A page ends at this size, so that it is soon there and soon stored. */
const maxPageBytes = 2 * 1024 * 1024;
/** Less than this is sent as it is. */
const worthCompressing = 1_024;

/** Throws `cursor_ahead` or `cursor_gone`. */
async function reachable(db: Db, { limit }: Scope, text: string, head: Cursor): Promise<number> {
  const cursor = parseCursor(text);
  if (!cursor || cursor.epoch !== head.epoch || cursor.seq > head.seq) {
    throw new GatehouseError('cursor_ahead');
  }
  if (limit && cursor.seq < limit.since) throw new GatehouseError('cursor_gone');
  if (cursor.seq < head.seq) {
    const first = await firstSeq(db);
    if (first === null || first > cursor.seq + 1) throw new GatehouseError('cursor_gone');
  }
  return cursor.seq;
}

/** A `ChangesPage` as text. */
export async function readPage(db: Db, scope: Scope, after: string, limit: number): Promise<string> {
  const head = await readHead(db);
  let at = await reachable(db, scope, after, head);
  const frames: FrameText[] = [];
  let bytes = 0;
  while (at < head.seq && frames.length < limit && bytes < maxPageBytes) {
    const read = await readFrames(db, scope, at, head);
    const taken = read.slice(0, limit - frames.length);
    frames.push(...taken);
    at = taken.at(-1)?.to ?? head.seq;
    bytes += taken.reduce((sum, { text }) => sum + text.length, 0);
  }
  const more = at < head.seq;
  return `{"frames":[${frames.map(({ text }) => text).join(',')}],"more":${String(more)}}`;
}

const packGzip = promisify(gzip);
const packBrotli = promisify(brotliCompress);

async function packed(
  text: string,
  accepted: string,
): Promise<{ readonly encoding: string | null; readonly body: string | Buffer }> {
  if (text.length < worthCompressing) return { encoding: null, body: text };
  if (/\bbr\b/.test(accepted)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
    return { encoding: 'br', body: await packBrotli(text, { params }) };
  }
  if (/\bgzip\b/.test(accepted)) return { encoding: 'gzip', body: await packGzip(text, { level: 3 }) };
  return { encoding: null, body: text };
}

export interface ChangesDeps extends Pick<Deps, 'db' | 'clock'> {
  readonly reached: Pick<Reached, 'note'>;
}

export function changesRoute(deps: ChangesDeps): FastifyPluginAsync {
  return async (app) => {
    app.get(adminPaths.changes, { onRequest: adminOnly(deps, 'product-owner') }, async (request, reply) => {
      const { after, limit } = parse(querySchema, request.query);
      const { scope, copy, device } = sessionOf(request);
      // What the device holds was made for another reach: changes to this one would not add up.
      if (copy !== null && copy !== scope.name) throw new GatehouseError('scope_changed');
      const page = await readPage(deps.db, scope, after, limit);
      const held = parseCursor(after);
      if (device !== null && held) deps.reached.note(device, held);
      const { encoding, body } = await packed(page, request.headers['accept-encoding'] ?? '');
      if (encoding !== null) void reply.header('content-encoding', encoding);
      return reply.header('vary', 'accept-encoding').type('application/json; charset=utf-8').send(body);
    });
  };
}

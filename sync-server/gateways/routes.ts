/** The Gateway API (`/api/gateway/v1`): keys, snapshot, changes by long poll, acknowledgement. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { cursorTextSchema, formatCursor, parseCursor, type Cursor } from '../../domain/cursor.ts';
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { ackSchema, maxWaitSeconds } from '../../domain/wire/gateway.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import type { ServerKey } from '../signing/key.ts';
import { gatewayOf, gatewayOnly } from './access.ts';
import { ndjson, sendSigned } from './answers.ts';
import { readChanges, readHead, readSnapshot, scopeOf, storeAck } from './store.ts';
import { requireLiveToken } from './tokens.ts';

const changesSchema = z.strictObject({
  after: cursorTextSchema,
  wait: z.coerce.number().int().min(0).max(maxWaitSeconds).default(0),
});

/** A cursor from outside, held against the head: another epoch or a place ahead of it means a new snapshot. */
function reachable(text: string, head: Cursor): Cursor {
  const cursor = parseCursor(text);
  if (!cursor || cursor.epoch !== head.epoch || cursor.seq > head.seq)
    throw new GatehouseError('cursor_ahead');
  return cursor;
}

export function gatewayRoutes(
  deps: Pick<Deps, 'db' | 'clock' | 'wake'> & { readonly key: ServerKey },
): FastifyPluginAsync {
  const { db, clock, wake, key } = deps;

  function told(gateway: Row<'gateway'>, epoch: number, prev: number | null, to: number) {
    return { gateway: gateway.id, scope: scopeOf(gateway), epoch, prev, to, issuedAt: isoTime(clock()) };
  }

  const authenticated = { onRequest: gatewayOnly({ db, clock }) };
  return async (app) => {
    app.get('/api/gateway/v1/keys', async () => ({
      keys: [{ keyId: key.keyId, publicKey: key.publicKey.toString('base64url') }],
    }));

    app.get('/api/gateway/v1/snapshot', authenticated, async (request, reply) => {
      const { gateway } = gatewayOf(request);
      const etagAt = (cursor: Cursor): string => `"${formatCursor(cursor)}:${scopeOf(gateway)}"`;
      if (request.headers['if-none-match'] === etagAt(await readHead(db))) return reply.status(304).send();
      const { head, lines } = await readSnapshot(db, gateway);
      void reply.header('etag', etagAt(head));
      return sendSigned(request, reply, key, told(gateway, head.epoch, null, head.seq), ndjson(lines));
    });

    app.get('/api/gateway/v1/changes', authenticated, async (request, reply) => {
      const { gateway, token } = gatewayOf(request);
      const { after, wait } = parse(changesSchema, request.query);
      const cursor = reachable(after, await readHead(db));
      const until = clock() + wait * 1000;
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      let read = await readChanges(db, gateway, cursor.seq);
      while (read.lines.length === 0 && clock() < until) {
        await wake.wait(read.head.seq, until - clock(), gone.signal);
        // Nobody is left to answer, and a server that is closing has let go of its database.
        if (gone.signal.aborted) return reply;
        await requireLiveToken(db, token);
        read = await readChanges(db, gateway, cursor.seq);
      }
      const { head, lines } = read;
      if (head.epoch !== cursor.epoch) throw new GatehouseError('cursor_ahead');
      return sendSigned(request, reply, key, told(gateway, head.epoch, cursor.seq, head.seq), ndjson(lines));
    });

    app.post('/api/gateway/v1/ack', authenticated, async (request, reply) => {
      const { gateway } = gatewayOf(request);
      const { cursor: text, digest } = parse(ackSchema, request.body);
      const cursor = reachable(text, await readHead(db));
      await storeAck(db, { gatewayId: gateway.id, cursor, digest, at: isoTime(clock()) });
      return reply.status(204).send();
    });
  };
}

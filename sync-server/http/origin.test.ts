import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { FastifyInstance } from 'fastify';
import { currentOrigin, withOrigin } from '../changelog/origin.ts';
import { createLog } from '../config/log.ts';
import { createHttp } from './server.ts';

let app: FastifyInstance;
let url = '';

const answerSchema = z.object({ address: z.string(), requestId: z.string(), own: z.string() });

beforeAll(async () => {
  app = await createHttp({ log: createLog('silent'), tls: false });
  app.post('/where', async (request) => {
    await Promise.resolve();
    return { ...currentOrigin(), own: request.id };
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(() => app.close());

/** Sends a body in pieces, so that it is read after the request's own events. */
function post(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${url}/where`, { method: 'POST', headers }, (response) => {
    resolve(text(response));
  });
  sent.write('{"a":');
  setImmediate(() => sent.end('1}'));
  return promise;
}

it('a handler knows where its request came from, also after a body in pieces and beside others', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, post));
  for (const answer of answers) {
    const { address, requestId, own } = answerSchema.parse(JSON.parse(answer));
    expect(address).toBe('127.0.0.1');
    expect(requestId).toBe(own);
  }
});

it('outside of any request it is the server itself, and IPv4 is told as such', () => {
  expect(currentOrigin()).toEqual({ address: 'system' });
  withOrigin({ address: '::ffff:10.0.0.1' }, () => {
    expect(currentOrigin().address).toBe('10.0.0.1');
  });
});

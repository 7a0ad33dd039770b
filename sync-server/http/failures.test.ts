import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GatehouseError } from '../../domain/errors.ts';
import { problemSchema } from '../../domain/wire/admin.ts';
import { createLog } from '../config/log.ts';
import { createLimit } from './limit.ts';
import { parse } from './parse.ts';
import { createHttp } from './server.ts';

let app: FastifyInstance;
const lines: string[] = [];

beforeAll(async () => {
  app = await createHttp({ log: createLog('info', { write: (line) => lines.push(line) }), tls: true });
  const limit = createLimit(1, 60);
  const body = z.strictObject({ name: z.string(), nested: z.strictObject({ n: z.int() }) });
  for (const prefix of ['/api/v2', '/api/admin/v1']) {
    app.post(`${prefix}/parsed`, async (request) => parse(body, request.body));
    app.get(`${prefix}/broken`, async () => {
      throw new Error('the password is hunter2');
    });
    app.get(`${prefix}/away`, async () => {
      throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    });
    app.get(`${prefix}/unkeepable`, async () => {
      throw Object.assign(new Error('invalid byte sequence for encoding'), { code: '22021' });
    });
    app.get(`${prefix}/refused`, async () => {
      throw new GatehouseError('credentials_wrong');
    });
  }
  app.get('/api/limited', async () => {
    await limit.use('one');
    return {};
  });
});

afterAll(() => app.close());

describe('a failure', () => {
  it('has our shape, with every wrong field', async () => {
    const payload = { name: 1, nested: { n: 'x' }, more: true };
    const answer = await app.inject({ method: 'POST', url: '/api/admin/v1/parsed', payload });
    const problem = problemSchema.parse(answer.json());
    expect(problem).toMatchObject({ status: 400, code: 'invalid_input', title: 'Bad Request' });
    expect(problem.fields?.map(({ field }) => field)).toEqual(['name', 'nested.n', '']);
    expect(problem.instance).toBe(`gatehouse:trace:${String(answer.headers['x-request-id'])}`);
  });

  it('has the published shape below the portal API', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/v2/parsed', payload: { name: 1 } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const body = answer.json<{ instance: string; invalid_parameters: { field: string; reason: string }[] }>();
    expect(body).toMatchObject({
      status: 400,
      title: 'Bad Request',
      detail: 'Some fields are missing, unknown or of the wrong type.',
    });
    expect(body.instance).toMatch(/^gatehouse:trace:/);
    expect(body.invalid_parameters.map(({ field }) => field)).toEqual(['name', 'nested']);
    expect(Object.keys(body).sort()).toEqual(['detail', 'instance', 'invalid_parameters', 'status', 'title']);
    const refused = await app.inject({ url: '/api/v2/refused' });
    expect(refused.json()).toMatchObject({ status: 401, title: 'Unauthorized' });
    expect(refused.json()).not.toHaveProperty('code');
  });

  it('that nobody foresaw says nothing of itself, but is in the log', async () => {
    const answer = await app.inject({ url: '/api/admin/v1/broken' });
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.body).not.toContain('hunter2');
    expect(lines.some((line) => line.includes('hunter2') && line.includes('"level":"error"'))).toBe(true);
  });

  it('of the database is told apart', async () => {
    expect((await app.inject({ url: '/api/admin/v1/away' })).json()).toMatchObject({
      status: 503,
      code: 'unavailable',
    });
  });

  it('of a value that the database cannot hold is the request’s, and is in the log', async () => {
    const answer = await app.inject({ url: '/api/admin/v1/unkeepable' });
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_input' });
    expect(answer.body).not.toContain('byte sequence');
    expect(lines.some((line) => line.includes('byte sequence'))).toBe(true);
  });

  it('for having asked too often says when to come again', async () => {
    expect((await app.inject({ url: '/api/limited' })).statusCode).toBe(200);
    const answer = await app.inject({ url: '/api/limited' });
    expect(answer.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('for the wrong method names the right ones', async () => {
    const answer = await app.inject({ method: 'DELETE', url: '/api/v2/parsed' });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});

it('every answer forbids to be framed, sniffed or run, and asks for TLS where there is some', async () => {
  const { headers } = await app.inject({ url: '/api/v2/refused' });
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  expect(headers['strict-transport-security']).toContain('max-age');
});

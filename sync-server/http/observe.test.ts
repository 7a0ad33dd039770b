import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '../../domain/wire/admin.ts';
import { createLog } from '../config/log.ts';
import { rememberActor } from './actor.ts';
import { createHttp } from './server.ts';

const lineSchema = z.looseObject({ level: z.string(), time: z.iso.datetime(), msg: z.string() });
let app: FastifyInstance;
let lines: string[] = [];
const secret = 'the-most-secret-words';

beforeAll(async () => {
  const log = createLog('trace', { write: (line) => lines.push(line) });
  app = await createHttp({ log, tls: false, trustedProxies: ['192.0.2.0/24', '2001:db8::7'] });
  app.post('/things/:id', async (request) => {
    rememberActor(request, 'admin:dana');
    return {};
  });
  app.get('/unreached', async () => {
    throw new Error(`cannot fetch "https://dana:${secret}@host.example/hooks?token=${secret}#${secret}" now`);
  });
  app.get('/broken', async (request) => {
    request.log.warn({ headers: request.headers, password: secret, one: { token: secret } }, 'on its way');
    throw Object.assign(
      new Error('it broke', { cause: Object.assign(new Error('row'), { detail: secret }) }),
      {
        detail: `Failing row contains (${secret}).`,
        request: { headers: { authorization: secret } },
      },
    );
  });
});
beforeEach(() => {
  lines = [];
});
afterAll(() => app.close());

async function logged(): Promise<z.infer<typeof lineSchema>[]> {
  // An answer is logged just after it was sent.
  await expect.poll(() => lines.some((line) => line.includes('answered'))).toBe(true);
  return lines.map((line) => lineSchema.parse(JSON.parse(line)));
}

describe('a request in the log', () => {
  it('is one line of JSON: id, route, status, time, and who by id', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: `/things/7?token=${secret}`,
      payload: { secret },
    });
    const [line, ...more] = await logged();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      request: answer.headers['x-request-id'],
      method: 'POST',
      route: '/things/:id',
      status: 200,
      actor: 'admin:dana',
    });
    expect(line?.['milliseconds']).toBeTypeOf('number');
  });

  it('names an address in an error by its place alone', async () => {
    await app.inject({ url: '/unreached' });
    await logged();
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain(String.raw`cannot fetch \"https://host.example/hooks\" now`);
  });

  it('leaves out addresses, headers, bodies and what hangs on an error', async () => {
    const headers = { authorization: `Bearer ${secret}`, cookie: `session=${secret}` };
    await app.inject({ url: `/nowhere/${secret}?code=${secret}`, headers });
    await app.inject({ url: '/broken', headers });
    await app.inject({ method: 'POST', url: '/things/7', headers, payload: `{"password": "${secret}"` });
    await expect.poll(() => lines.filter((line) => line.includes('answered')).length).toBe(3);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('it broke');
  });
});

describe('a request’s id', () => {
  const ask = async (id: string, remoteAddress: string): Promise<string> => {
    const answer = await app.inject({ url: '/nowhere', headers: { 'x-request-id': id }, remoteAddress });
    const given = String(answer.headers['x-request-id']);
    expect(problemSchema.parse(answer.json()).instance).toBe(`gatehouse:trace:${given}`);
    return given;
  };

  it('is the balancer’s, where the balancer is trusted', async () => {
    expect(await ask('abc-0123456789', '192.0.2.9')).toBe('abc-0123456789');
    expect(await ask('abc-0123456789', '::ffff:192.0.2.9')).toBe('abc-0123456789');
    expect(await ask('abc-0123456789', '2001:db8::7')).toBe('abc-0123456789');
  });

  it('is made here for everybody else, and where it is no id', async () => {
    const made = /^[0-9a-f-]{36}$/;
    for (const address of ['127.0.0.1', '198.51.100.1', '2001:db8::8']) {
      expect(await ask('abc-0123456789', address)).toMatch(made);
    }
    for (const id of ['short', 'a'.repeat(65), 'with spaces in it', '{"level":"error"}']) {
      expect(await ask(id, '192.0.2.9')).toMatch(made);
    }
  });
});

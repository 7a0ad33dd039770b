import { describe, expect, it } from 'vitest';
import { parseSettings, settle } from './config.ts';
import { createLog, withoutQuery } from './log.ts';

describe('settings', () => {
  it('come from flags, then from the environment, then are the defaults', () => {
    const env = { GATEHOUSE_PORT: '9000', GATEHOUSE_HOST: '0.0.0.0', DATABASE_URL: 'postgresql://x/y' };
    const settings = parseSettings({ port: 9001 }, env);
    expect(settings).toMatchObject({ port: 9001, host: '0.0.0.0', databaseUrl: 'postgresql://x/y' });
    expect(parseSettings({}, {})).toMatchObject({ port: 8080, host: '127.0.0.1', development: false });
    expect(
      parseSettings({}, { GATEHOUSE_CORS_ORIGINS: 'https://a.example,https://b.example' }),
    ).toMatchObject({
      corsOrigins: ['https://a.example', 'https://b.example'],
    });
  });

  it('that are wrong are all named by their variables, and their values stay out of it', () => {
    const env = { GATEHOUSE_PORT: '70000', DATABASE_URL: 'mysql://root:hunter2@x', GATEHOUSE_SMTP_URL: 'x' };
    let thrown: unknown;
    try {
      parseSettings({}, env);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid_input' });
    const text = JSON.stringify(thrown);
    for (const name of Object.keys(env)) expect(text).toContain(name);
    expect(text).not.toContain('hunter2');
  });

  it('know the address that people use', () => {
    expect(settle(parseSettings({}, {}), 8123)).toMatchObject({
      publicUrl: 'http://localhost:8123',
      cookieSecure: false,
    });
    expect(settle(parseSettings({ publicUrl: 'https://portal.example/' }, {}), 8080)).toMatchObject({
      publicUrl: 'https://portal.example',
      cookieSecure: true,
    });
  });
});

describe('the log', () => {
  it('holds no token, cookie, password or query', () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => lines.push(line) });
    const headers = { authorization: 'Bearer hunter2', cookie: 'a=hunter2' };
    log.info({ req: { method: 'GET', url: '/admin/authorize?state=hunter2#hunter2', headers } }, 'asked');
    log.info(
      { headers, password: 'hunter2', body: { refresh_token: 'hunter2', password: 'hunter2' } },
      'said',
    );
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain('"path":"/admin/authorize"');
    expect(withoutQuery('/a?b')).toBe('/a');
  });
});

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signedInAdmin, type TestAdmin } from './admins/testing.ts';
import { mailsTo, openBrowser, register } from './developers/testing.ts';
import { textOf } from './mail/eml.ts';
import { startSender, type Sender } from './mail/sender.ts';
import { createMailTransport, mailFolder } from './mail/transport.ts';
import {
  applicationRow,
  decide,
  fillCatalog,
  newApplication,
  signedInDeveloper,
  startTestServer,
  type TestServer,
} from './testing.ts';

let server: TestServer;
let sender: Sender | null = null;

beforeAll(async () => {
  server = await startTestServer({ development: true });
  await fillCatalog(server.deps);
});

afterEach(async () => {
  await sender?.stop();
  sender = null;
  await server.deps.db.deleteFrom('mailOutbox').execute();
});

afterAll(() => server.close());

const signUp = (email: string, name = 'Zoë') =>
  openBrowser(server.app).call('POST', '/api/v2/developer', { email, full_name: name });

const outbox = () => server.deps.db.selectFrom('mailOutbox').selectAll().orderBy('id').execute();

describe('without an SMTP server', () => {
  it('mails lie in the data folder for this account alone, and on a page in development', async () => {
    sender = startSender(server.deps, createMailTransport(server.deps.config));
    await signUp('zoe@example.com', '<b>Zoë</b>\r\nBcc: all@example.com');
    await sender.flush();

    const folder = mailFolder(server.dataDir);
    const names = await readdir(folder);
    expect(names).toHaveLength(1);
    const path = join(folder, names[0] ?? '');
    expect([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777]).toEqual([0o700, 0o600]);
    const eml = await readFile(path, 'utf8');
    expect(eml).toMatch(/^To: zoe@example.com\r?$/m);
    expect(eml).not.toMatch(/^Bcc:/m);
    const link =
      /http:\/\/localhost:8080\/verify-email\?token=[0-9a-f-]{36}/.exec(textOf(eml))?.[0] ?? 'no link';

    // What was sent is not kept in the database: it signs somebody in.
    const [row] = await outbox();
    expect(row).toMatchObject({ body: '', sealedBody: null, attempts: 1, lastError: null });
    expect(row?.sentAt).not.toBeNull();

    const browser = openBrowser(server.app);
    const list = await browser.call('GET', '/dev/mail');
    expect(list.text).toContain(
      `<a href="/dev/mail/${row?.id ?? ''}">The demo portal: confirm your address</a>`,
    );
    const page = await browser.call('GET', `/dev/mail/${row?.id ?? ''}`);
    expect(page.text).toContain(`<a href="${link}">${link}</a>`);
    expect(page.text).toContain('&lt;b&gt;Zoë&lt;/b&gt;');
    expect(page.text).not.toContain('<b>');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await browser.call('GET', `/dev/mail/${crypto.randomUUID()}`)).status).toBe(404);
    // A page of elsewhere whose own name leads to this machine.
    for (const path of ['/dev/mail', `/dev/mail/${row?.id ?? ''}`]) {
      const refused = await browser.call('GET', path, undefined, { host: 'evil.example:8080' });
      expect([refused.status, refused.text.includes('Zoë')]).toEqual([421, false]);
    }
    expect((await browser.call('GET', '/dev/mail/..%2f..%2fetc%2fpasswd')).status).toBe(400);
  });
});

describe('with an SMTP server', () => {
  interface Received {
    readonly to: string[];
    readonly text: string;
  }

  async function smtp(accepts: () => boolean) {
    const received: Received[] = [];
    const smtpServer = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          if (!accepts()) {
            done(new Error('try later'));
            return;
          }
          received.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtpServer.listen(0, '127.0.0.1', resolve));
    const address = smtpServer.server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return {
      received,
      url: `smtp://127.0.0.1:${port}`,
      close: () => new Promise<void>((resolve) => smtpServer.close(() => resolve())),
    };
  }

  it('a mail is sent by its own commit’s wake-up, and tried again until it is taken', async () => {
    let accepts = false;
    const there = await smtp(() => accepts);
    const config = { ...server.deps.config, smtpUrl: there.url };
    sender = startSender(server.deps, createMailTransport(config));
    try {
      await signUp('retry@example.com');
      await sender.flush();
      const [refused] = await outbox();
      expect(refused).toMatchObject({ attempts: 1, sentAt: null });
      expect(refused?.lastError).toContain('try later');
      expect(refused?.lastError).not.toContain('token');

      accepts = true;
      await sender.flush();
      expect(there.received).toEqual([]);
      server.advance(5_000);
      await sender.flush();
      expect(there.received).toMatchObject([{ to: ['retry@example.com'] }]);
      expect(there.received[0]?.text).toContain('Auto-Submitted: auto-generated');
      expect((await outbox())[0]).toMatchObject({ attempts: 2, body: '' });

      await signUp('woken@example.com');
      await expect.poll(() => there.received.at(-1)?.to, { timeout: 10_000 }).toEqual(['woken@example.com']);
    } finally {
      await sender.stop();
      await there.close();
    }
  });

  it('two senders on one database send each mail once', async () => {
    const there = await smtp(() => true);
    const config = { ...server.deps.config, smtpUrl: there.url };
    const senders = [1, 2].map(() => startSender(server.deps, createMailTransport(config)));
    try {
      await Promise.all(Array.from({ length: 25 }, (_, index) => signUp(`many${index}@example.com`)));
      await Promise.all(senders.map((one) => one.flush()));
      await expect.poll(() => there.received.length, { timeout: 10_000 }).toBe(25);
      expect(new Set(there.received.flatMap(({ to }) => to)).size).toBe(25);
      expect((await outbox()).every(({ attempts }) => attempts === 1)).toBe(true);
    } finally {
      await Promise.all(senders.map((one) => one.stop()));
      await there.close();
    }
  });
});

describe('decisions', () => {
  let admin: TestAdmin;

  beforeAll(async () => {
    admin = await signedInAdmin(server.deps);
  });

  async function intend(
    action: string,
    kind: string,
    id: string,
    basis: object,
    reason: string | null = null,
  ) {
    const intent = {
      id: crypto.randomUUID(),
      device: admin.device,
      batch: crypto.randomUUID(),
      action,
      target: { kind, id },
      reason,
      decidedAt: new Date().toISOString(),
      basis,
    };
    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/admin/v1/decisions',
      headers: admin.headers,
      payload: { intents: [intent] },
    });
    expect(answer.json<unknown>()).toMatchObject({ outcomes: [{ kind: 'applied' }] });
  }

  it('reach the developer with the reason and a link', async () => {
    const id = await register(openBrowser(server.app), server.deps, 'wait@example.com', 'Wanda');
    await intend('reject', 'developer', id, { developer: 2 }, 'Tell us which company you work for.');
    const mail = (await mailsTo(server.deps, 'wait@example.com')).at(-1);
    expect(mail?.subject).toBe('The demo portal: your registration was not approved');
    expect(mail?.body).toContain('Hello Wanda,');
    expect(mail?.body).toContain('Reason: Tell us which company you work for.');

    await intend('reopen', 'developer', id, { developer: 3 });
    await intend('approve', 'developer', id, { developer: 4 });
    const welcome = (await mailsTo(server.deps, 'wait@example.com')).at(-1);
    expect([welcome?.subject, welcome?.body.includes('http://localhost:8080/sign-in')]).toEqual([
      'The demo portal: welcome',
      true,
    ]);
  });

  it('name the application and the version, in the portal’s own address', async () => {
    const browser = await signedInDeveloper(server, '/portals/staging');
    const { db } = server.deps;
    const { id } = await newApplication(browser, { name: 'Nimbus\nBcc: all@example.com' });
    const version = await db
      .selectFrom('versions')
      .select('id')
      .where('name', '=', 'v1')
      .executeTakeFirstOrThrow();
    const path = `/api/v2/applications/${id}/registrations`;
    await browser.call('POST', path, { product_version_id: version.id });
    const row = await applicationRow(server, id);
    const registration = await db
      .selectFrom('registrations')
      .selectAll()
      .where('applicationId', '=', id)
      .executeTakeFirstOrThrow();
    const [developer, publication] = await Promise.all([
      db
        .selectFrom('developers')
        .selectAll()
        .where('id', '=', row?.developerId ?? '')
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('publications')
        .select('revision')
        .where('id', '=', registration.publicationId)
        .executeTakeFirstOrThrow(),
    ]);
    await intend('approve', 'registration', registration.id, {
      registration: 1,
      application: row?.revision ?? 0,
      developer: developer.revision,
      publication: publication.revision,
    });
    const mail = (await mailsTo(server.deps, developer.email)).at(-1);
    expect(mail?.subject).toBe(
      'The staging portal: Weather API v1 for Nimbus Bcc: all@example.com is approved',
    );
    expect(mail?.body).toContain(`http://localhost:8080/portals/staging/applications/${id}`);

    await decide(server, 'developer', developer.id, 'approved');
    await intend('delete', 'application', id, {}, 'Unused.');
    const deleted = (await mailsTo(server.deps, developer.email)).filter(({ subject }) =>
      subject.endsWith('is deleted'),
    );
    expect(deleted.map(({ body }) => body.includes('Reason: Unused.'))).toEqual([true]);
  });
});

/** A developer's browser, for tests: keeps cookies, reads its mail, talks to the routes without a socket. */
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../config/deps.ts';
import { openBody } from '../mail/outbox.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Browser {
  readonly cookies: Map<string, string>;
  call(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** `prefix` is `/portals/<name>` for a portal that is not the default one. */
export function openBrowser(app: FastifyInstance, prefix = ''): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, path, body, headers = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await app.inject({
        method,
        url: prefix + path,
        headers: { ...(cookie ? { cookie } : {}), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      for (const { name, value, maxAge } of answer.cookies) {
        if (maxAge === 0) cookies.delete(name);
        else cookies.set(name, value);
      }
      const isJson = String(answer.headers['content-type']).includes('json');
      return {
        status: answer.statusCode,
        body: isJson ? answer.json<unknown>() : null,
        text: answer.body,
        headers: answer.headers,
      };
    },
  };
}

export interface WaitingMail {
  readonly subject: string;
  readonly body: string;
}

/** Where mails wait, and what opens them. */
export type Mailbox = Pick<Deps, 'db' | 'sealer'>;

/** Mails to an address that wait in the outbox, oldest first. */
export async function mailsTo({ db, sealer }: Mailbox, recipient: string): Promise<WaitingMail[]> {
  const waiting = await db
    .selectFrom('mailOutbox')
    .select(['id', 'subject', 'body', 'sealedBody'])
    .where('recipient', '=', recipient)
    .orderBy('id')
    .execute();
  return Promise.all(
    waiting.map(async (mail) => ({ subject: mail.subject, body: await openBody(sealer, mail) })),
  );
}

/** The one-time token in the newest mail to an address. */
export async function tokenTo(mailbox: Mailbox, recipient: string): Promise<string> {
  const mails = await mailsTo(mailbox, recipient);
  return /token=([0-9a-f-]{36})/.exec(mails.at(-1)?.body ?? '')?.[1] ?? 'no token';
}

export const goodPassword = 'correct horse battery';

/** Signs up and confirms; answers the developer's id. */
export async function register(
  browser: Browser,
  mailbox: Mailbox,
  email: string,
  name = 'Ada',
): Promise<string> {
  await browser.call('POST', '/api/v2/developer', { email, full_name: name, password: goodPassword });
  await browser.call('POST', '/api/v2/developer/verify-email', { token: await tokenTo(mailbox, email) });
  const { id } = await mailbox.db
    .selectFrom('developers')
    .select('id')
    .where('email', '=', email)
    .orderBy('createdAt', 'desc')
    .executeTakeFirstOrThrow();
  return id;
}

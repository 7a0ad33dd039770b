/** A browser of few words for tests of the pages: keeps cookies, reads forms, follows nothing by itself. */
import type { FastifyInstance } from 'fastify';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
  /** As the log names it. */
  readonly requestId: string;
}

export interface TestBrowser {
  get(url: string): Promise<Answer>;
  /** Sends the fields with the hidden ones of the page that was shown last. */
  submit(url: string, fields?: Readonly<Record<string, string>>): Promise<Answer>;
  readonly cookies: Map<string, string>;
  /** The hidden fields of the page that was shown last. */
  fields(): Record<string, string>;
}

export function openBrowser(app: FastifyInstance, remoteAddress = '127.0.0.1'): TestBrowser {
  const cookies = new Map<string, string>();
  let page = '';

  const fields = (): Record<string, string> =>
    Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)" \/>/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );

  async function ask(method: 'GET' | 'POST', url: string, form?: object): Promise<Answer> {
    const answer = await app.inject({
      method,
      url,
      remoteAddress,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { payload: new URLSearchParams({ ...form }).toString() } : {}),
    });
    for (const { name, value } of answer.cookies) {
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    if (answer.body !== '') page = answer.body;
    const location = answer.headers.location;
    const requestId = String(answer.headers['x-request-id']);
    return { status: answer.statusCode, body: answer.body, location, requestId };
  }

  return {
    cookies,
    fields,
    get: (url) => ask('GET', url),
    submit: (url, given = {}) => ask('POST', url, { ...fields(), ...given }),
  };
}

/** What the page says went wrong. */
export function problemOf({ body }: Answer): string | undefined {
  return /role="alert" id="error">([^<]+)</.exec(body)?.[1];
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator's secret, which the page that sets one up shows as text. */
export function secretOn({ body }: Answer): Buffer {
  const key = /class="secret"><code>([^<]+)</.exec(body)?.[1]?.replace(/\s/g, '') ?? '';
  const bits = [...key].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

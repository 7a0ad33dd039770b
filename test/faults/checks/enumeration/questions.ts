/** What a stranger may ask about an account, and about which: each question has to be answered alike for all of them. */
import type { Asked } from './people.ts';

export interface Answer {
  readonly milliseconds: number;
  /** Status, headers and body, without what differs in every answer. */
  readonly text: string;
}

export interface Question {
  readonly name: string;
  /** An address of each kind: who is asked about. */
  readonly kinds: Readonly<Record<string, (asked: Asked) => Promise<string>>>;
  /** `from` is the client's address. */
  readonly ask: (email: string, from: string) => Promise<Answer>;
}

/** Headers that say something of one answer only. */
const passing: ReadonlySet<string> = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);

async function timed(url: string, init: RequestInit, unlike: readonly string[]): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const body = await response.text();
  const milliseconds = performance.now() - began;
  const headers = [...response.headers].filter(([name]) => !passing.has(name)).map((pair) => pair.join(': '));
  const text = [response.status, ...headers.sort(), body].join('\n');
  // Tokens of this one answer, and the address that was asked for.
  const alike = unlike
    .reduce((kept, word) => kept.replaceAll(word, '…'), text)
    .replace(/[A-Za-z0-9_-]{43}/g, '…')
    .replace(/(name="guard" value=")[^"]+/g, '$1…')
    .replace(/gatehouse:trace:[0-9a-f-]+/g, '…');
  return { milliseconds, text: alike };
}

function json(url: string, path: string, body: (email: string) => object): Question['ask'] {
  return (email, from) =>
    timed(
      `${url}${path}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
        body: JSON.stringify(body(email)),
      },
      [email],
    );
}

/** The page's cookie is good for any number of forms. */
async function adminForm(url: string): Promise<Question['ask']> {
  const page = await fetch(`${url}/admin/sign-in`);
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const guard = /name="guard" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  return (email, from) =>
    timed(
      `${url}/admin/sign-in`,
      {
        method: 'POST',
        headers: { cookie, 'x-forwarded-for': from },
        body: new URLSearchParams({ guard, email, password: 'the wrong one' }),
      },
      [email],
    );
}

const nobody = async ({ email }: Asked): Promise<string> => email();

export async function questionsTo({ url }: Asked): Promise<Question[]> {
  const password = 'the wrong one';
  return [
    {
      name: 'sign-in of an admin',
      kinds: {
        nobody,
        admin: ({ admin }) => admin('plain'),
        deactivated: ({ admin }) => admin('deactivated'),
        'with an authenticator': ({ admin }) => admin('authenticator'),
      },
      ask: await adminForm(url),
    },
    {
      name: 'sign-in of a developer',
      kinds: {
        nobody,
        approved: ({ developer }) => developer('approved'),
        pending: ({ developer }) => developer('pending'),
        unverified: ({ developer }) => developer('unverified'),
        revoked: ({ developer }) => developer('revoked'),
      },
      ask: json(url, '/api/v2/developer/authenticate', (username) => ({ username, password })),
    },
    {
      name: 'sign-up of a developer',
      kinds: {
        nobody,
        approved: ({ developer }) => developer('approved'),
        unverified: ({ developer }) => developer('unverified'),
      },
      ask: json(url, '/api/v2/developer', (email) => ({ email, full_name: 'Ada', password })),
    },
    {
      name: 'forgotten password of a developer',
      kinds: {
        nobody,
        approved: ({ developer }) => developer('approved'),
        unverified: ({ developer }) => developer('unverified'),
      },
      ask: json(url, '/api/v2/developer/forgot-password', (email) => ({ email })),
    },
  ];
}

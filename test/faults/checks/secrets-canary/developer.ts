/** What developers do in a browser: sign up and confirm, sign in, make a key. */
import { z } from 'zod';
import { textOf } from '../../../../sync-server/mail/eml.ts';
import { mailsIn } from './mails.ts';

async function send(url: string, path: string, body: object, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }) };
  const answer = await fetch(new URL(`/api/v2${path}`, url), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** Signs up, confirms, and asks for another password; answers the tokens of the mails' links. */
export async function signUpDeveloper(url: string, mailFolder: string, password: string): Promise<string[]> {
  const email = 'canary@example.com';
  await send(url, '/developer', { email, full_name: 'Canary', password });
  const [token] = await mailedTokens(mailFolder, 1);
  await send(url, '/developer/verify-email', { token });
  await send(url, '/developer/forgot-password', { email });
  return mailedTokens(mailFolder, 1);
}

/** The tokens of all links in mails, once there are `count`. */
async function mailedTokens(folder: string, count: number): Promise<string[]> {
  const until = Date.now() + 10_000;
  for (;;) {
    const mails = await mailsIn(folder);
    const tokens = mails.flatMap((mail) =>
      [...textOf(mail).matchAll(/token=([\w.~-]{16,})/g)].map(([, token = '']) => token),
    );
    if (tokens.length >= count) return tokens;
    if (Date.now() > until) throw new Error('a mail with a link did not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const applicationsSchema = z.object({ data: z.array(z.looseObject({ id: z.uuid() })) });
const credentialSchema = z.looseObject({ credential: z.string() });

/** Signs the demo's developer in and makes one more key for the application that is connected. */
export async function makeKey(
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<string> {
  const signedIn = await send(url, '/developer/authenticate', { username: email, password });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ');
  const listed = await fetch(new URL('/api/v2/applications', url), { headers: { cookie } });
  const [application] = applicationsSchema.parse(await listed.json()).data;
  if (!application) throw new Error('the demo’s developer has no application');
  const path = `/applications/${application.id}/credentials`;
  const made = await send(url, path, { display_name: 'canary' }, cookie);
  return credentialSchema.parse(await made.json()).credential;
}

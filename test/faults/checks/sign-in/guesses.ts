/** Guessing: how often, from how many places, under which spelling; and that it keeps nobody else out. */
import { password, type Scene } from '../../../rights/scene.ts';
import { right, wrong, type Attempt } from './attempts.ts';

interface Guess {
  readonly email: string;
  readonly from: string;
  readonly forwarded?: string;
}

/** From one page, whose cookie is good for any number of forms. Answers the last status. */
async function guess(
  { app }: Scene,
  tries: number,
  each: (n: number) => Guess,
  given = 'guessed',
): Promise<number> {
  const page = await app.inject({ url: '/admin/sign-in' });
  const cookie = page.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const guard = /name="guard" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  let status = 0;
  for (let n = 0; n < tries; n++) {
    const { email, from, forwarded } = each(n);
    const answer = await app.inject({
      method: 'POST',
      url: '/admin/sign-in',
      remoteAddress: from,
      headers: {
        cookie,
        'content-type': 'application/x-www-form-urlencoded',
        ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
      },
      payload: new URLSearchParams({ guard, email, password: given }).toString(),
    });
    status = answer.statusCode;
  }
  return status;
}

/** Whether one more try is looked at, after ten. */
const eleventh =
  (each: (n: number, email: string, from: string) => Guess): Attempt['try'] =>
  async (scene, from) => {
    const { email } = await scene.addAdmin();
    return (await guess(scene, 11, (n) => each(n, email, from))) !== 429;
  };

export const guessAttempts: readonly Attempt[] = [
  wrong(
    'an eleventh guess',
    eleventh((_n, email, from) => ({ email, from })),
  ),
  wrong(
    'an eleventh guess in other letters',
    eleventh((n, email, from) => ({
      email: [email, email.toUpperCase(), ` ${email}`, email.replace('e', 'ｅ')][n % 4] ?? email,
      from,
    })),
  ),
  wrong(
    'an eleventh guess from another address of one IPv6 network',
    eleventh((n, email, from) => ({ email, from: `2001:db8:1:${from.split('.')[3] ?? '0'}::${n + 1}` })),
  ),
  wrong(
    'an eleventh guess that claims to come from elsewhere',
    eleventh((n, email, from) => ({ email, from, forwarded: `203.0.113.${n}` })),
  ),
  wrong('a guess after fifty from as many places', async (scene) => {
    const { email } = await scene.addAdmin();
    return (await guess(scene, 51, (n) => ({ email, from: `100.64.1.${n}` }))) !== 429;
  }),
  wrong('an eleventh guess after a sign-in of one’s own', async (scene, from) => {
    const [{ email }, own] = [await scene.addAdmin(), await scene.addAdmin()];
    await guess(scene, 10, () => ({ email, from }));
    await guess(scene, 1, () => ({ email: own.email, from }), password);
    return (await guess(scene, 1, () => ({ email, from }))) !== 429;
  }),
  right('the owner of an account that is guessed from elsewhere', async (scene, from) => {
    const { email } = await scene.addAdmin();
    await guess(scene, 60, () => ({ email, from }));
    return (await guess(scene, 1, () => ({ email, from: '100.64.2.1' }), password)) === 303;
  }),
];

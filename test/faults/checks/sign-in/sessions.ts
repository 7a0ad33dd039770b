/** Sessions: how long tokens are good, how they replace each other, and what ends them. */
import { createHash, randomBytes } from 'node:crypto';
import { issueCode } from '../../../../sync-server/admins/codes.ts';
import { tokenResponseSchema } from '../../../../domain/wire/admin.ts';
import type { Scene } from '../../../rights/scene.ts';
import { right, wrong, type Attempt, type Person } from './attempts.ts';

const redirectUri = 'http://127.0.0.1:49152/callback';
const minute = 60_000;

interface Redeemed {
  readonly person: Person;
  readonly code: string;
  readonly verifier: string;
}

async function newCode({ addAdmin, whole, clock }: Scene): Promise<Redeemed> {
  const person = await addAdmin();
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const { db } = whole.server.deps;
  const code = await issueCode({ db, clock }, { adminId: person.id, challenge, redirectUri });
  return { person, code, verifier };
}

const token = ({ ask }: Scene, from: string, payload: object) =>
  ask(from, 'POST', '/api/admin/v1/token', {}, { client_id: 'gatehouse-desk', ...payload });

const redeem = (scene: Scene, from: string, { code, verifier }: Redeemed, more: object = {}) =>
  token(scene, from, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    ...more,
  });

const tokensOf = (body: string) => tokenResponseSchema.parse(JSON.parse(body));

async function signedIn(scene: Scene, from: string) {
  return tokensOf((await redeem(scene, from, await newCode(scene))).body);
}

const refresh = (scene: Scene, from: string, refreshToken: string) =>
  token(scene, from, { grant_type: 'refresh_token', refresh_token: refreshToken });

async function letIn({ ask }: Scene, from: string, access: string): Promise<boolean> {
  const { status } = await ask(from, 'GET', '/api/admin/v1/me', { authorization: `Bearer ${access}` });
  return status === 200;
}

const codes: readonly Attempt[] = [
  right('an authorization code', async (scene, from) => {
    return (await redeem(scene, from, await newCode(scene))).status === 200;
  }),
  wrong('a code without its verifier', async (scene, from) => {
    const more = { code_verifier: 'x'.repeat(43) };
    return (await redeem(scene, from, await newCode(scene), more)).status === 200;
  }),
  wrong('a code for another desk', async (scene, from) => {
    const more = { redirect_uri: 'http://127.0.0.1:49153/callback' };
    return (await redeem(scene, from, await newCode(scene), more)).status === 200;
  }),
  wrong('a code after its minute', async (scene, from) => {
    const code = await newCode(scene);
    scene.advance(minute + 1);
    return (await redeem(scene, from, code)).status === 200;
  }),
  wrong('what a code has opened, once the code came again', async (scene, from) => {
    const code = await newCode(scene);
    const { access_token: access } = tokensOf((await redeem(scene, from, code)).body);
    await redeem(scene, from, code);
    return letIn(scene, from, access);
  }),
];

const tokens: readonly Attempt[] = [
  right('a fresh access token', async (scene, from) =>
    letIn(scene, from, (await signedIn(scene, from)).access_token),
  ),
  wrong('an access token after a quarter of an hour', async (scene, from) => {
    const { access_token: access } = await signedIn(scene, from);
    scene.advance(15 * minute + 1);
    return letIn(scene, from, access);
  }),
  wrong('an access token that was replaced', async (scene, from) => {
    const { access_token: access, refresh_token: first } = await signedIn(scene, from);
    await refresh(scene, from, first);
    return letIn(scene, from, access);
  }),
  right('what a refresh token gives', async (scene, from) => {
    const first = await signedIn(scene, from);
    scene.advance(20 * minute);
    const second = tokensOf((await refresh(scene, from, first.refresh_token)).body);
    return second.refresh_token !== first.refresh_token && letIn(scene, from, second.access_token);
  }),
  wrong('a session whose replaced refresh token came again', async (scene, from) => {
    const first = await signedIn(scene, from);
    const second = tokensOf((await refresh(scene, from, first.refresh_token)).body);
    scene.advance(2 * minute);
    const { status } = await refresh(scene, from, first.refresh_token);
    return status === 200 || letIn(scene, from, second.access_token);
  }),
  wrong('a refresh token after thirty days', async (scene, from) => {
    const { refresh_token: token } = await signedIn(scene, from);
    scene.advance(30 * 24 * 60 * minute + 1);
    return (await refresh(scene, from, token)).status === 200;
  }),
  wrong('the account page after half an hour', async (scene, from) => {
    const { email } = await scene.addAdmin();
    const page = await scene.atAccount(from, email);
    scene.advance(30 * minute + 1);
    return (await page.get('/admin/account')).status === 200;
  }),
  wrong('a form of the account page that another site sends', async (scene, from) => {
    const { email } = await scene.addAdmin();
    const page = await scene.atAccount(from, email);
    const { status } = await page.submit('/admin/account/sessions/end', { guard: 'A'.repeat(32) });
    return status < 400;
  }),
];

export const sessionAttempts: readonly Attempt[] = [...codes, ...tokens];

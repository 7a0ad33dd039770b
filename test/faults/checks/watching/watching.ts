/** Who watches a server is told the truth by it, and nothing that is a secret. */
import { z } from 'zod';
import { openScene, type Scene } from '../../../rights/scene.ts';
import { collectFindings, type Check, type Findings } from '../../check.ts';
import { tryNumbers } from './numbers.ts';

async function statusOf({ whole }: Scene, path: string): Promise<number> {
  return (await fetch(`${whole.server.url}${path}`)).status;
}

/** Alive is not ready: a database of another release is noticed, and its mend too. */
async function tryReadiness(scene: Scene, findings: Findings): Promise<number> {
  const { pool } = scene.whole.server.deps;
  const expect = async (path: string, wanted: number, when: string): Promise<void> => {
    const status = await statusOf(scene, path);
    if (status !== wanted) findings.add('lost', `${path} answers ${status} ${when}`);
  };
  await expect('/readyz', 200, 'on a sound database');
  await pool.query("insert into kysely_migration values ('9999-newer', '')");
  await expect('/readyz', 503, 'on a database of another release');
  await expect('/healthz', 200, 'on a database of another release');
  await pool.query("delete from kysely_migration where name = '9999-newer'");
  await expect('/readyz', 200, 'once that is mended');
  return 4;
}

const lineSchema = z.looseObject({ level: z.string(), time: z.iso.datetime(), msg: z.string() });
const answeredSchema = z.looseObject({ request: z.string(), route: z.string().nullable(), status: z.int() });

const secret = 'a-word-that-nobody-should-read';

/** Requests that carry a secret in every place, of which some fail. */
async function tryLog(scene: Scene, findings: Findings): Promise<number> {
  const { ask, app, logged, owner } = scene;
  const before = logged().length;
  const bearer = { authorization: `Bearer ${secret}`, cookie: `portalaccesstoken=${secret}` };
  const given = { ...bearer, 'x-request-id': 'chosen-by-a-client' };
  const from = '198.51.100.200';
  const address = `https://dana:${secret}@host.example/hooks?token=${secret}`;
  app.log.warn({ err: new Error(`cannot reach ${address}`) }, 'as HTTP clients say it');
  const answers = [
    await ask(from, 'GET', `/nowhere/${secret}?code=${secret}`, given),
    await ask(from, 'GET', `/admin/authorize?state=${secret}`, given),
    await ask(from, 'GET', `/api/admin/v1/me?token=${secret}`, given),
    await ask(from, 'GET', `/api/admin/v1/audit?search=${secret}`, owner.headers),
    await ask(from, 'POST', '/api/v2/developer/authenticate', given, { username: secret, password: secret }),
    await ask(from, 'POST', '/api/v2/developer/reset-password', given, { token: secret, password: secret }),
    await ask(from, 'POST', '/api/admin/v1/token', given, { grant_type: secret, refresh_token: secret }),
  ];
  const lines = logged().slice(before);
  const told = lines.flatMap((line) => {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    if (!parsed.success || line.trim().includes('\n')) findings.add('lost', `no line of a log: ${line}`);
    return answeredSchema.safeParse(parsed.data).data ?? [];
  });
  for (const { requestId, status } of answers) {
    const own = told.filter(({ request }) => request === requestId);
    if (own.length !== 1 || own[0]?.status !== status) {
      findings.add('lost', `${own.length} lines of the log tell of a request that was answered ${status}`);
    }
    if (requestId === given['x-request-id'])
      findings.add('unauthorised', 'a client chooses its request’s id');
  }
  const spoken = lines.find((line) => line.includes(secret));
  if (spoken !== undefined) findings.add('unauthorised', `a secret is in the log: ${spoken.slice(0, 200)}`);
  return answers.length;
}

export const watching: Check = {
  name: 'watching',
  property: 'Who watches is told how far everybody is, what waits and what fails, as it is, and no secret.',
  unit: 'looks',
  cases: 80,
  few: 80,
  async run({ progress }) {
    const findings = collectFindings();
    const scene = await openScene();
    let looks = 0;
    try {
      for (const look of [tryReadiness, tryLog, tryNumbers]) {
        looks += await look(scene, findings);
        progress(looks);
      }
      return findings.tally(looks);
    } finally {
      await scene.close();
    }
  },
};

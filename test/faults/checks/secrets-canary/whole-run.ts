/**
 * A day in the life of the whole product, all secrets known: a server with its database, a desk, gateways, developers,
 * mails, a webhook, a backup and an export. What it leaves in `folder` is what there is to look through.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { testDesk, deskFolder, removeFolder, settled } from '../../../../main/core/testing/desk.ts';
import { beginAuthenticator } from '../../../../sync-server/admins/factors/authenticator.ts';
import { renewRecoveryCodes } from '../../../../sync-server/admins/factors/recovery.ts';
import { withDatabase } from '../../../../sync-server/cli/with-database.ts';
import type { Deps } from '../../../../sync-server/config/deps.ts';
import { hashEmail } from '../../../../sync-server/developers/hashed-email.ts';
import { ownerOf } from '../../../../sync-server/secrets/sealed.ts';
import { startReceiver } from '../../../../sync-server/webhooks/testing.ts';
import { gatehouse } from '../../../cli/spawn.ts';
import { startCommand } from '../../../support/processes.ts';
import { formBrowser, type Person } from '../../../support/sign-in.ts';
import { openRelay } from '../../killing/relay.ts';
import { makeKey, signUpDeveloper } from './developer.ts';
import type { Canary } from './forms.ts';
import { startGateways } from './gateways.ts';
import { openHarvest } from './harvest.ts';

const serverReady = z.looseObject({
  url: z.string(),
  firstAdmin: z.object({ email: z.string(), password: z.string() }).nullable(),
});
const demoSchema = z.looseObject({
  developer: z.object({ email: z.string(), password: z.string(), key: z.string() }),
});

export interface WholeRun {
  readonly canaries: readonly Canary[];
  /** Tokens of mails' links: each belongs into the one mail that carries it. */
  readonly mailTokens: readonly string[];
}

const text = (name: string, secret: string): Canary => ({ name, bytes: Buffer.from(secret, 'utf8') });
const word = (): string => `${randomBytes(6).toString('hex')} & "${randomBytes(6).toString('hex')}"`;

/** Fills `folder` with all that the product keeps, closed in order. */
export async function runWhole(folder: string): Promise<WholeRun> {
  const dataDir = join(folder, 'server');
  const logs = join(folder, 'logs');
  const answers = join(folder, 'answers');
  const left = join(folder, 'gateways');
  for (const made of [dataDir, logs, answers, left]) await mkdir(made);
  const harvest = openHarvest();
  let port = 0;
  const relay = await openRelay({ host: '127.0.0.1', port: 0 }, () => ({ host: '127.0.0.1', port }));
  void relay.freezeAt((_direction, chunk) => {
    harvest.take(chunk);
    return false;
  });
  const url = `http://127.0.0.1:${relay.port}`;
  const metricsToken = randomBytes(18).toString('hex');
  const clientSecret = randomBytes(18).toString('hex');
  const secretsKey = randomBytes(32);
  const env = {
    GATEHOUSE_WEBHOOK_PRIVATE: '1',
    GATEHOUSE_METRICS_TOKEN: metricsToken,
    GATEHOUSE_SECRETS_KEY: secretsKey.toString('base64'),
    GATEHOUSE_OIDC_ISSUER: 'http://127.0.0.1:9/',
    GATEHOUSE_OIDC_CLIENT_ID: 'gatehouse',
    GATEHOUSE_OIDC_CLIENT_SECRET: clientSecret,
  };
  const words = ['server', '--data-dir', dataDir, '--port', '0', '--public-url', url, '--log', 'trace'];
  const server = await startCommand(words, serverReady, env);
  port = Number(new URL(server.ready.url).port);
  const owner = server.ready.firstAdmin;
  if (!owner) throw new Error('a first start makes a first admin');
  const command = async (...given: string[]): Promise<string> => {
    const done = await gatehouse([...given, '--data-dir', dataDir], { env });
    if (done.code !== 0) throw new Error(`gatehouse ${given.join(' ')}: ${done.stderr}`);
    return done.stdout.trim();
  };

  const demo = demoSchema.parse(
    JSON.parse(await command('demo', '--registrations', '5', '--json')),
  ).developer;
  const gatewayName = await database(dataDir, env, async ({ db }) => {
    const found = await db.selectFrom('gateways').select('name').executeTakeFirstOrThrow();
    return found.name;
  });
  const gatewayToken = await command('token', 'create', '--gateway', gatewayName);
  const automation = await command('token', 'create', '--admin', owner.email, '--name', 'canary');

  const factors = await secondFactor(dataDir, env, owner);
  const serverKeys = await database(dataDir, env, keysOfServer);
  const receiver = await startReceiver();
  await call(url, automation, '/api/admin/v1/webhooks', { url: receiver.url });
  const password = word();
  const mailTokens = await signUpDeveloper(url, join(dataDir, 'mail'), password);
  const gateways = await startGateways({ url, token: gatewayToken, folder: left });
  const key = await makeKey(url, demo);
  await gateways.callWith([demo.key, key]);
  await deskDay(url, owner, join(folder, 'desk'));
  await expectDelivered(() => receiver.received.length > 0);

  await writeFile(join(answers, 'metrics'), await read(`${url}/metrics`, metricsToken));
  await writeFile(join(answers, 'changes'), await read(`${url}/api/admin/v1/changes?after=1:0`, automation));
  await writeFile(join(answers, 'webhooks'), await read(`${url}/api/admin/v1/webhooks`, automation));
  await writeFile(join(answers, 'deliveries'), receiver.received.map(({ raw }) => raw).join('\n'));
  await command('audit', 'export', '--out', join(answers, 'audit.ndjson'));
  await command('backup', '--out', join(folder, 'whole.backup'));
  await writeFile(join(answers, 'tables'), await allRows(dataDir, env));

  await gateways.stop();
  await server.stop();
  await relay.close();
  await receiver.close();
  await writeFile(join(logs, 'server'), server.output());

  const given = [
    text('admin password', owner.password),
    text('developer password', demo.password),
    text('developer password with signs', password),
    text('API key', demo.key),
    text('new API key', key),
    text('gateway token', gatewayToken),
    text('secret of the gateway token', gatewayToken.split('_')[1] ?? gatewayToken),
    text('automation token', automation),
    text('metrics token', metricsToken),
    text('client secret', clientSecret),
    { name: 'key of the secrets', bytes: secretsKey },
    ...factors,
    ...serverKeys,
  ];
  const harvested = harvest.canaries();
  const keyed = harvested.filter(({ name }) => name === 'webhook secret').map(rawWebhookSecret);
  return { canaries: unique([...given, ...harvested, ...keyed]), mailTokens };
}

type Env = Readonly<Record<string, string>>;

/** Works on the running server's database, as commands do. */
async function database<T>(
  dataDir: string,
  env: Env,
  work: Parameters<typeof withDatabase<T>>[1],
): Promise<T> {
  Object.assign(process.env, env);
  return withDatabase<T>({ 'data-dir': dataDir }, work);
}

async function secondFactor(dataDir: string, env: Env, { email }: Person): Promise<Canary[]> {
  return database(dataDir, env, async (deps) => {
    // Waits for its first code, so that signing in goes on without it.
    const admin = await deps.db
      .selectFrom('admins')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    const secret = await beginAuthenticator(deps, admin.id);
    const codes = await deps.commit((change) => renewRecoveryCodes(change, admin.id));
    return [
      { name: 'authenticator secret', bytes: secret },
      ...codes.map((code) => text('recovery code', code)),
    ];
  });
}

/** What the server signs for its gateways with, and what it remembers erased addresses by: nobody is ever told. */
async function keysOfServer({ db, commit, sealer }: Deps): Promise<Canary[]> {
  await commit((change) => hashEmail(change.db, sealer, 'erased-canary@example.com'));
  const signing = await db.selectFrom('signingKeys').selectAll().executeTakeFirstOrThrow();
  const erasure = await db.selectFrom('erasureKey').selectAll().executeTakeFirstOrThrow();
  if (!signing.sealedKey || !erasure.sealedKey) throw new Error('the server has keys of its own');
  const document = await sealer.open(signing.sealedKey, ownerOf.signingKey(signing.keyId));
  return [
    // An Ed25519 key in PKCS #8 ends with its 32 bytes.
    { name: 'signing key', bytes: document.subarray(-32) },
    { name: 'key of erased addresses', bytes: await sealer.open(erasure.sealedKey, ownerOf.erasureKey()) },
  ];
}

/** Every row of every table as text: what is compressed inside the database's files shows here. */
async function allRows(dataDir: string, env: Env): Promise<string> {
  return database(dataDir, env, async ({ pool }) => {
    const tables = await pool.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    );
    const lines: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await pool.query<{ line: string }>(`select t::text as line from ${name} as t`);
      lines.push(...rows.map(({ line }) => `${name} ${line}`));
    }
    return lines.join('\n');
  });
}

/** Signs in, takes a copy, decides one request with a reason, and closes. */
async function deskDay(server: string, person: Person, into: string): Promise<void> {
  const folder = await deskFolder();
  const desk = await testDesk({ dataDir: folder, server, openBrowser: formBrowser(person) });
  await desk.signIn();
  const filter = { kinds: [], states: [], portalId: null, search: '' };
  const { rows } = await desk.ask('queue.page', { filter, after: null, limit: 1 });
  const [row] = rows;
  if (row) {
    await desk.ask('decide', { action: 'approve', targets: [{ kind: row.kind, id: row.id }], reason: null });
  }
  await desk.until(settled);
  await desk.close();
  await cp(folder, into, { recursive: true });
  await removeFolder(folder);
}

async function call(url: string, token: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

async function read(url: string, token: string): Promise<string> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

async function expectDelivered(done: () => boolean): Promise<void> {
  const until = Date.now() + 20_000;
  while (!done() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  if (!done()) throw new Error('no webhook arrived');
}

/** What it stands for: the signing key itself. */
function rawWebhookSecret({ bytes }: Canary): Canary {
  const encoded = bytes.toString('latin1').replace(/^whsec_/, '');
  return { name: 'webhook key', bytes: Buffer.from(encoded, 'base64') };
}

function unique(canaries: readonly Canary[]): Canary[] {
  return [...new Map(canaries.map((one) => [one.bytes.toString('latin1'), one])).values()];
}

/** What Prometheus is told: everything that it should be, as it is, in as many series however much is asked. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { encodeReport } from '../../../../domain/wire/desk-report.ts';
import { syncProtocol } from '../../../../domain/wire/protocol.ts';
import { testIntent } from '../../../../sync-server/decisions/testing.ts';
import type { Scene } from '../../../rights/scene.ts';
import { readMetrics, type Scraped } from '../../../support/prometheus.ts';
import type { Findings } from '../../check.ts';

const secret = 'a-word-that-nobody-should-read';

export async function scrape({ whole }: Scene, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${whole.server.url}/metrics`, { headers });
}

async function read(scene: Scene): Promise<Scraped> {
  return readMetrics(await (await scrape(scene)).text());
}

/** A metric, `NaN` where it is not there. */
function valueIn({ value }: Scraped, name: string, labels: Readonly<Record<string, string>>): number {
  try {
    return value(`gatehouse_${name}`, labels);
  } catch {
    return NaN;
  }
}

/** Commits so many entries. */
async function commitEntries({ whole }: Scene, count: number): Promise<void> {
  const cause = { actor: 'system' };
  await whole.server.deps.commit(async (change) => {
    for (let n = 0; n < count; n++) change.event({ name: 'audit.exported', details: {}, cause });
  });
}

const headOf = async ({ whole }: Scene): Promise<number> => {
  const { seq } = await whole.server.deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  return seq;
};

interface Fact {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Makes it true on the server that listens, and answers what it has to say of it. */
async function facts(scene: Scene): Promise<Fact[]> {
  const { whole, shop, owner, gatewayHeaders } = scene;
  const { db } = whole.server.deps;
  const { url } = whole.server;
  const at = new Date().toISOString();
  const cursor = { deviceId: owner.device, epoch: 1, seq: await headOf(scene), at };
  await db.insertInto('deviceCursors').values(cursor).execute();
  await fetch(`${url}/api/gateway/v1/ack`, {
    method: 'POST',
    headers: { ...gatewayHeaders, 'content-type': 'application/json' },
    body: JSON.stringify({ cursor: `1:${await headOf(scene)}`, digest: '0'.repeat(64) }),
  });
  const target = { kind: 'registration', id: shop.own.registration.id } as const;
  const nothing = { kind: 'registration', id: crypto.randomUUID() } as const;
  const intents = [
    testIntent(owner.device, 'reject', target, { reason: 'no' }),
    testIntent(owner.device, 'reject', nothing),
    testIntent(owner.device, 'reject', { ...nothing, id: crypto.randomUUID() }),
  ];
  const before = await headOf(scene);
  await fetch(`${url}/api/admin/v1/decisions`, {
    method: 'POST',
    headers: { ...owner.headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      intents: intents.map((intent) => ({ ...intent, reason: intent.reason ?? 'no' })),
    }),
  });
  await commitEntries(scene, 3);
  const behind = (await headOf(scene)) - before;
  await db
    .insertInto('webhookEndpoints')
    .values({
      id: shop.portal.id,
      url: 'https://receiver.example/',
      events: [],
      description: '',
      createdAt: at,
      pausedReason: 'owner',
      pausedAt: at,
      failingSince: null,
      nextAttemptAt: at,
      leasedBy: null,
      leasedUntil: null,
    })
    .execute();
  const letter = (seq: number, deadAt: string | null) => ({
    id: crypto.randomUUID(),
    endpointId: shop.portal.id,
    seq,
    type: 'developer.approved',
    body: '{}',
    createdAt: at,
    triedSince: at,
    nextAttemptAt: at,
    deliveredAt: null,
    deadAt,
    lastError: 'gone',
  });
  const letters = [letter(1, at), letter(2, at), letter(3, null)];
  await db.insertInto('webhookDeliveries').values(letters).execute();
  return [
    { name: 'device_lag_changes', labels: { id: owner.device }, value: behind },
    { name: 'gateway_lag_changes', labels: { id: shop.gateway.id }, value: behind },
    { name: 'outcomes_total', labels: { kind: 'applied' }, value: 1 },
    { name: 'outcomes_total', labels: { kind: 'refused' }, value: 2 },
    { name: 'queue_depth', labels: { queue: 'webhook_dead' }, value: 2 },
    { name: 'queue_depth', labels: { queue: 'webhook' }, value: 1 },
    { name: 'database_up', labels: {}, value: 1 },
    { name: 'log_head_seq', labels: {}, value: await headOf(scene) },
  ];
}

/** A desk tells of its disk. */
async function tellJournal({ whole, owner }: Scene, seen: () => Promise<boolean>): Promise<boolean> {
  const url = `${whole.server.url.replace('http', 'ws')}/api/admin/v1/sync`;
  const socket = new WebSocket(url, syncProtocol, { headers: { ...owner.headers } });
  try {
    await once(socket, 'message');
    socket.ping(encodeReport({ p50: 4, p99: 20 }));
    await once(socket, 'pong');
    return await seen();
  } finally {
    socket.terminate();
  }
}

/** Answers how many things were looked at. */
export async function tryNumbers(scene: Scene, findings: Findings): Promise<number> {
  const expected = await facts(scene);
  const told = await read(scene);
  for (const problem of told.problems)
    findings.add('unauthorised', `/metrics is not Prometheus’s: ${problem}`);
  for (const { name, labels, value } of expected) {
    const said = valueIn(told, name, labels);
    if (said !== value) {
      findings.add('lost', `${name}${JSON.stringify(labels)} is ${said} and should be ${value}`);
    }
  }
  const p99 = 'device_journal_sync_p99_seconds';
  const journal = await tellJournal(
    scene,
    async () => valueIn(await read(scene), p99, { id: scene.owner.device }) === 0.02,
  );
  if (!journal) findings.add('lost', 'nothing is said of a desk’s journal');
  return expected.length + 2 + (await trySeries(scene, findings));
}

const asked = 60;

/** However many addresses are asked for, and by whatever names, there are no more series. */
async function trySeries(scene: Scene, findings: Findings): Promise<number> {
  const { url } = scene.whole.server;
  // Below /api, since any other address is the portal's own, where its pages are built.
  const ask = (n: number): Promise<Response> =>
    fetch(`${url}/api/${secret}/${n}?token=${secret}`, { headers: { 'x-request-id': `${secret}-${n}` } });
  await ask(0);
  const before = (await read(scene)).samples.length;
  for (let n = 1; n < asked; n++) await ask(n);
  const after = await read(scene);
  const grown = after.samples.length - before;
  if (grown > 0) findings.add('unauthorised', `${asked} addresses make ${grown} series`);
  const spoken = after.samples.some(({ labels }) => JSON.stringify(labels).includes(secret));
  if (spoken) findings.add('unauthorised', 'an address is a label');
  for (const headers of [{ 'x-forwarded-for': '198.51.100.1' }, { via: '1.1 somebody' }]) {
    const { status } = await scrape(scene, headers);
    if (status === 200) findings.add('unauthorised', `/metrics is for everybody: ${JSON.stringify(headers)}`);
  }
  return asked + 2;
}

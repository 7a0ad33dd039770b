/**
 * An admin's own client, turned hostile: it writes every document that it can name in every way that there is. What is
 * not its own is refused by name, and no row, no other device's decision and no reader's tail changes by it.
 */
import * as Y from 'yjs';
import { entities } from '../../../domain/entities.ts';
import { encodeMessage, intentsDocument, listName, type Message } from '../../../domain/wire/sync.ts';
import { encodeSync, type SyncMessage } from '../../../domain/wire/y-sync.ts';
import { signedInAdmin } from '../../../sync-server/admins/testing.ts';
import { createTestPortal, testIntent, type TestPortal } from '../../../sync-server/decisions/testing.ts';
import { presenceDocument } from '../../../sync-server/replication/reception.ts';
import { TestDesk } from '../../../sync-server/replication/testing.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run } from '../check.ts';
import { enrol, heard, type Device } from '../hostile/devices.ts';
import { repaired } from './fuzzed-frames/bytes.ts';

/** A device may connect so often at once. */
const perDevice = 40;
/** Goes through all attempts, and meets every kind of them early. */
const stride = 37;
const refusals = ['document_refused', 'frame_damaged', 'invalid_input'];

interface Attempt {
  readonly what: string;
  readonly frame: Uint8Array;
  /** Whether the server lets it pass: it is the client's own affair. */
  readonly own: boolean;
}

function update(texts: readonly unknown[], root = listName): Uint8Array {
  const doc = new Y.Doc();
  doc.getArray(root).push([...texts]);
  return Y.encodeStateAsUpdate(doc);
}

/** Every document by every kind of message, each with several payloads. */
function attemptsOf(desk: TestDesk, me: Device, victim: string, portal: TestPortal): Attempt[] {
  const id = portal.requests[0]?.developer.id ?? '';
  const own = intentsDocument(me.device);
  const documents = [
    desk.welcome.feed,
    'feed/all',
    `feed/products-0/${desk.welcome.instance}`,
    own,
    intentsDocument(victim),
    presenceDocument,
    `notes/${id}`,
    `notes/developer/${id}`,
    '',
    '__proto__',
    'constructor',
    own.toUpperCase(),
    `${own}/`,
    'x'.repeat(200),
  ];
  const target = { kind: 'developer' as const, id };
  const mine = JSON.stringify(testIntent(me.device, 'approve', target));
  const theirs = JSON.stringify(testIntent(victim, 'approve', target));
  const forged = JSON.stringify({ epoch: 1, prev: desk.welcome.seq, to: desk.welcome.seq + 1, items: [] });
  const state = Y.encodeStateVector(new Y.Doc());
  const kinds: readonly SyncMessage['kind'][] = ['step1', 'step2', 'update'];
  const bodies: readonly [string, Uint8Array][] = [
    ['an intent', update([mine])],
    ['the intent of another', update([theirs])],
    ['a forged frame', update([forged])],
    ['another root', update([mine], 'other')],
    ['nothing', new Uint8Array()],
  ];

  const attempts: Attempt[] = [];
  const add = (what: string, message: Message, mayPass: boolean): void => {
    attempts.push({
      what: `${what} to “${message.document.slice(0, 60)}”`,
      frame: encodeMessage(message),
      own: mayPass,
    });
  };
  for (const document of documents) {
    for (const kind of kinds) {
      if (kind === 'step1') {
        const asks = document === own || document === desk.welcome.feed;
        add('step1', { kind: 'sync', document, payload: encodeSync({ kind, bytes: state }) }, asks);
        add(
          'a giant step1',
          { kind: 'sync', document, payload: encodeSync({ kind, bytes: new Uint8Array(500_000) }) },
          false,
        );
        continue;
      }
      for (const [what, bytes] of bodies) {
        const intent = document === own && what.includes('intent');
        add(`${kind} with ${what}`, { kind: 'sync', document, payload: encodeSync({ kind, bytes }) }, intent);
      }
    }
    const present = document === presenceDocument;
    add('presence', { kind: 'awareness', document, payload: Uint8Array.of(1, 2, 3) }, present);
    add('giant presence', { kind: 'awareness', document, payload: new Uint8Array(20_000) }, false);
    for (const text of ['{}', '{"t":"welcome"}', '{"t":"goodbye","code":"device_revoked"}']) {
      add('control', { kind: 'control', document, payload: Buffer.from(text) }, false);
    }
    const bare = encodeMessage({
      kind: 'sync',
      document,
      payload: encodeSync({ kind: 'update', bytes: update([mine]) }),
    });
    for (const opcode of [3, 4, 127, 255]) {
      const changed = Uint8Array.from(bare);
      changed[1] = opcode;
      attempts.push({ what: `opcode ${opcode}`, frame: repaired(changed), own: false });
    }
  }
  return attempts;
}

/** All published rows as one digest each table. */
async function digests({ server }: Whole): Promise<string> {
  const lines: string[] = [];
  for (const { table } of Object.values(entities)) {
    const { rows } = await server.deps.pool.query<{ digest: unknown }>(
      `select md5(coalesce(string_agg(t::text, '|' order by id), '')) as digest from ${table} t`,
    );
    lines.push(`${table} ${String(rows[0]?.digest)}`);
  }
  return lines.join('\n');
}

async function tryOne(
  whole: Whole,
  me: Device,
  victim: string,
  portal: TestPortal,
  number: number,
): Promise<string | null> {
  const desk = await TestDesk.connect(whole.server.url, me.headers);
  const attempts = attemptsOf(desk, me, victim, portal);
  const attempt = attempts[(number * stride) % attempts.length];
  if (!attempt) return null;
  desk.sendBytes(attempt.frame);
  await heard(desk.socket);
  await desk.close();
  if (attempt.own) return desk.goodbye === null ? null : `${attempt.what} was refused with ${desk.goodbye}`;
  if (desk.goodbye === null) return `${attempt.what} was let through`;
  return refusals.includes(desk.goodbye) ? null : `${attempt.what} was refused with ${desk.goodbye}`;
}

async function run({ cases, progress }: Run): Promise<ReturnType<Findings['tally']>> {
  const findings = collectFindings();
  const whole = await startWhole();
  const { deps } = whole.server;
  try {
    const viewer = await signedInAdmin(deps, 'viewer');
    const victim = await signedInAdmin(deps, 'owner');
    const portal = await createTestPortal(deps.commit, 3);
    const watching = await TestDesk.connect(whole.server.url, victim.headers);
    const before = await digests(whole);
    const devices: string[] = [];
    let me: Device | null = null;
    for (let number = 0; number < cases; number++) {
      if (!me || number % perDevice === 0) {
        me = await enrol(deps, viewer.id);
        devices.push(me.device);
      }
      const wrong = await tryOne(whole, me, victim.device, portal, number);
      if (wrong !== null) findings.add('unauthorised', wrong);
      progress(number + 1);
    }
    if ((await digests(whole)) !== before) findings.add('unauthorised', 'rows changed');
    const { rows } = await deps.pool.query(
      `select 1 from intent_outcomes where device <> all($1::uuid[]) or outcome ->> 'kind' = 'applied' limit 1`,
      [devices],
    );
    if (rows.length > 0) findings.add('unauthorised', 'something was decided');
    const seen = watching.frames.flatMap(({ items }) => items).filter(({ k }) => k === 'row');
    if (seen.length > 0) findings.add('unauthorised', 'a reader was shown a row');
    await watching.close();
  } finally {
    await whole.close();
  }
  return findings.tally(cases);
}

export const hostileClient: Check = {
  name: 'hostile-client',
  property:
    'an admin’s client that writes every document it can name, in every way, changes nothing that is not its own',
  unit: 'attempts',
  // Each of them three times, from different devices.
  cases: 440,
  few: 60,
  run,
};

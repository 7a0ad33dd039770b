/** Caller × document × opcode on the sync socket: what a document's writer and reader may do, and nobody else. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { roles, type Role } from '../../domain/entities.ts';
import {
  controlSchema,
  decodeMessage,
  encodeMessage,
  intentsDocument,
  type Message,
  type Welcome,
} from '../../domain/wire/sync.ts';
import { syncProtocol } from '../../domain/wire/protocol.ts';
import { encodeSync, type SyncMessage } from '../../domain/wire/y-sync.ts';
import type { Findings } from '../faults/check.ts';
import { callers, roleOf, type World } from './world.ts';

/** A socket that remembers what it was told. */
interface Line {
  readonly welcome: Welcome;
  send(message: Message): void;
  /** The code of the goodbye, or null where the server still answers on the socket. */
  verdict(): Promise<string | null>;
  close(): void;
}

const vector = Uint8Array.of(0);
const update = Uint8Array.of(0, 0);

const sync = (document: string, kind: SyncMessage['kind']): Message => ({
  kind: 'sync',
  document,
  payload: encodeSync({ kind, bytes: kind === 'step1' ? vector : update }),
});

const opcodes: Readonly<Record<string, (document: string) => Message>> = {
  step1: (document) => sync(document, 'step1'),
  step2: (document) => sync(document, 'step2'),
  update: (document) => sync(document, 'update'),
  awareness: (document) => ({ kind: 'awareness', document, payload: Uint8Array.of(0) }),
  control: (document) => ({
    kind: 'control',
    document,
    payload: Buffer.from('{"t":"goodbye","code":"internal"}'),
  }),
};

/** Connects; a number is the status of a refused upgrade. */
async function connect({ whole }: World, headers: Readonly<Record<string, string>>): Promise<Line | number> {
  const url = `${whole.server.url.replace('http', 'ws')}/api/admin/v1/sync`;
  const socket = new WebSocket(url, syncProtocol, { headers: { ...headers } });
  const heard: Message[] = [];
  let goodbye: string | null = null;
  let wake = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    const message = decodeMessage(data);
    if (!message) return;
    heard.push(message);
    if (message.kind === 'control') {
      const control = controlSchema.parse(JSON.parse(Buffer.from(message.payload).toString()));
      if (control.t === 'goodbye') goodbye = control.code;
    }
    wake();
  });
  socket.on('close', () => wake());
  const refused = once(socket, 'unexpected-response').then(
    ([, response]: { statusCode?: number }[]) => response?.statusCode ?? 0,
  );
  const status = await Promise.race([refused, once(socket, 'message').then(() => null)]);
  socket.on('error', () => undefined);
  if (status !== null) return status;
  const first = heard[0];
  const welcome = controlSchema.parse(JSON.parse(Buffer.from(first?.payload ?? []).toString()));
  if (welcome.t !== 'welcome') throw new Error(`no welcome but ${welcome.code}`);
  const send = (message: Message): void => socket.send(encodeMessage(message));
  return {
    welcome,
    send,
    async verdict() {
      const before = heard.length;
      // Whoever is still served has this answered, after all that came before it.
      send(sync(welcome.intents, 'step1'));
      const over = (): boolean => socket.readyState === WebSocket.CLOSED;
      const answered = (): boolean =>
        heard.slice(before).some(({ document }) => document === welcome.intents) || goodbye !== null;
      while (!over() && !answered()) await new Promise<void>((resolve) => (wake = resolve));
      return goodbye;
    },
    close: () => socket.terminate(),
  };
}

/** Opcodes that each kind of document takes. */
function mayUse(document: string, opcode: string, { feed, intents }: Welcome): boolean {
  if (document === feed) return opcode === 'step1';
  if (document === intents) return ['step1', 'step2', 'update'].includes(opcode);
  return document === 'presence' && opcode === 'awareness';
}

async function tryRole(world: World, role: Role, findings: Findings): Promise<number> {
  const { headers, admins } = world;
  const [first, other] = [
    await connect(world, headers[role]),
    role === 'owner' ? 'viewer' : 'owner',
  ] as const;
  if (typeof first === 'number') {
    findings.add('lost', `${role} cannot connect: ${first}`);
    return 1;
  }
  const foreign = await connect(world, headers[role === 'product-owner' ? 'viewer' : 'product-owner']);
  if (typeof foreign === 'number') throw new Error(`no feed of another scope: ${foreign}`);
  first.close();
  const { feed, intents, instance } = first.welcome;
  /** Pairs of what is there and another's, and what is not there at all. */
  const hidden: readonly (readonly [string, string])[] = [
    [intentsDocument(admins[other].device), intentsDocument(crypto.randomUUID())],
    [foreign.welcome.feed, `feed/none/${instance}`],
  ];
  let cells = 0;
  const verdictOn = async (document: string, opcode: string): Promise<string | null> => {
    const line = await connect(world, headers[role]);
    if (typeof line === 'number') throw new Error(`${role} was let in once and then refused: ${line}`);
    line.send((opcodes[opcode] ?? opcodes['step1'])?.(document) ?? sync(document, 'step1'));
    const verdict = await line.verdict();
    line.close();
    cells += 1;
    const may = mayUse(document, opcode, first.welcome);
    if (may && verdict !== null) findings.add('lost', `${role}, ${document}, ${opcode}: ${verdict}`);
    if (!may && verdict === null) findings.add('unauthorised', `${role}, ${document}, ${opcode} is taken`);
    return verdict;
  };
  for (const opcode of Object.keys(opcodes)) {
    for (const document of [feed, intents, 'presence', '']) await verdictOn(document, opcode);
    for (const [there, nowhere] of hidden) {
      const [one, two] = [await verdictOn(there, opcode), await verdictOn(nowhere, opcode)];
      if (one !== two) findings.add('unauthorised', `${role} can tell that ${there} exists: ${String(one)}`);
    }
  }
  foreign.close();
  return cells;
}

/** Answers how many cells there were. */
export async function trySync(world: World, findings: Findings): Promise<number> {
  let cells = 0;
  for (const caller of callers) {
    if (roleOf(caller)) continue;
    cells += 1;
    const line = await connect(world, world.headers[caller]);
    if (typeof line === 'number' && [401, 403].includes(line)) continue;
    findings.add('unauthorised', `${caller} is let in at the sync socket`);
    if (typeof line !== 'number') line.close();
  }
  for (const role of roles) cells += await tryRole(world, role, findings);
  return cells;
}

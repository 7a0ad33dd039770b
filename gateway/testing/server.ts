/** The server's gateway API, in memory and signed for real, with a hand on everything that can go wrong. */
import { generateKeyPairSync, hash, randomBytes, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { formatCursor, parseCursor } from '../../domain/cursor.ts';
import { ackSchema, envelopeHeader, recordKey, signatureHeader } from '../../domain/wire/gateway.ts';
import type { Ack, Envelope, GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';

/** One answer before it leaves: tests change it to play an attacker or a broken server. */
export interface Outgoing {
  readonly path: 'snapshot' | 'changes';
  envelope: Envelope;
  body: string;
  signWith: KeyObject;
  /** Applied after signing. */
  bodySent?: string;
  /** Another body, rightly sealed: what a faulty server would sign. */
  reseal: (body: string) => void;
}

export interface FakeServer {
  readonly url: string;
  readonly token: string;
  readonly gateway: string;
  readonly acks: Ack[];
  /** How often each address was asked. */
  readonly asked: { snapshot: number; changes: number; keys: number; ack: number };
  readonly privateKey: KeyObject;
  epoch: number;
  seq: number;
  scope: string;
  /** ISO 8601 of every answer; the present where null. */
  issuedAt: string | null;
  /** Changes before this seq are gone: 410. */
  oldest: number;
  /** Called on each signed answer. */
  tamper: (answer: Outgoing) => void;
  /** Acknowledgements are answered 409. */
  disagree: boolean;
  /** While true, `changes` requests are taken and never answered. */
  stalled: boolean;
  /** The code that another token is answered with. */
  refusal: string;
  /** Takes this token instead of its own. */
  accept(token: string): void;
  held(): GatewayRecord[];
  /** Commits lines as one change and wakes the waiting. */
  commit(...lines: GatewayLine[]): void;
  cursor(): string;
  /** Stops to listen and drops every connection. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startFakeServer(records: readonly GatewayRecord[] = []): Promise<FakeServer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const fingerprint = hash('sha256', raw, 'hex');
  const keyId = fingerprint.slice(0, 16);
  const token = `ghg_${randomBytes(32).toString('base64url')}_${fingerprint}`;
  const held = new Map(records.map((record) => [recordKey(record), record]));
  const log: { seq: number; lines: GatewayLine[] }[] = [];
  const waiting = new Set<() => void>();
  let accepted = token;
  let port = 0;
  let server: Server;

  function send(response: ServerResponse, path: Outgoing['path'], prev: number | null, body: string): void {
    const envelope: Envelope = {
      v: 1,
      gateway: fake.gateway,
      scope: fake.scope,
      epoch: fake.epoch,
      prev,
      to: fake.seq,
      issuedAt: fake.issuedAt ?? new Date().toISOString(),
      sha256: hash('sha256', body, 'hex'),
      keyId,
    };
    const answer: Outgoing = {
      path,
      envelope,
      body,
      signWith: privateKey,
      reseal(other) {
        answer.body = other;
        answer.envelope = { ...answer.envelope, sha256: hash('sha256', other, 'hex') };
      },
    };
    fake.tamper(answer);
    const bytes = Buffer.from(JSON.stringify(answer.envelope));
    response.writeHead(200, {
      [envelopeHeader]: bytes.toString('base64url'),
      [signatureHeader]: sign(null, bytes, answer.signWith).toString('base64url'),
      'content-type': 'application/x-ndjson',
    });
    response.end(answer.bodySent ?? answer.body);
  }

  function snapshot(response: ServerResponse): void {
    fake.asked.snapshot += 1;
    send(response, 'snapshot', null, ndjson([...held.values()].map((record) => ({ op: 'put', record }))));
  }

  function changes(url: URL, response: ServerResponse): void {
    fake.asked.changes += 1;
    const after = parseCursor(url.searchParams.get('after') ?? '');
    const answer = (): void => {
      if (fake.stalled) return;
      if (!after || after.epoch !== fake.epoch || after.seq > fake.seq || after.seq < fake.oldest) {
        response.writeHead(410).end();
        return;
      }
      const lines = log.filter(({ seq }) => seq > after.seq).flatMap((entry) => entry.lines);
      send(response, 'changes', after.seq, ndjson(lines));
    };
    if (after && after.epoch === fake.epoch && after.seq === fake.seq) {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        answer();
      };
      const timer = setTimeout(wake, Number(url.searchParams.get('wait')) * 1000);
      waiting.add(wake);
      response.on('close', () => {
        clearTimeout(timer);
        waiting.delete(wake);
      });
    } else answer();
  }

  async function ack(request: IncomingMessage, response: ServerResponse): Promise<void> {
    fake.asked.ack += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (fake.disagree) {
      response.writeHead(409).end();
      return;
    }
    fake.acks.push(ackSchema.parse(JSON.parse(Buffer.concat(chunks).toString())));
    response.writeHead(204).end();
  }

  function route(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const path = url.pathname.replace('/api/gateway/v1/', '');
    if (path === 'keys') {
      fake.asked.keys += 1;
      response.end(JSON.stringify({ keys: [{ keyId, publicKey: raw.toString('base64url') }] }));
    } else if (request.headers.authorization !== `Bearer ${accepted}`)
      response.writeHead(401).end(JSON.stringify({ code: fake.refusal }));
    else if (path === 'snapshot') snapshot(response);
    else if (path === 'changes') changes(url, response);
    else if (path === 'ack') void ack(request, response);
    else response.writeHead(404).end();
  }

  function listen(): Promise<void> {
    server = createServer(route);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        port = typeof address === 'object' && address ? address.port : port;
        resolve();
      });
    });
  }

  function down(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  const fake: FakeServer = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    token,
    gateway: randomUUID(),
    acks: [],
    asked: { snapshot: 0, changes: 0, keys: 0, ack: 0 },
    privateKey,
    epoch: 1,
    seq: 10,
    scope: 'scope-a',
    issuedAt: null,
    oldest: 0,
    tamper: () => undefined,
    disagree: false,
    stalled: false,
    refusal: 'gateway_refused',
    commit(...lines) {
      fake.seq += 1;
      log.push({ seq: fake.seq, lines });
      for (const { op, record } of lines) {
        if (op === 'put') held.set(recordKey(record), record);
        else held.delete(recordKey(record));
      }
      for (const wake of [...waiting]) wake();
    },
    accept(other) {
      accepted = other;
    },
    held: () => [...held.values()],
    cursor: () => formatCursor({ epoch: fake.epoch, seq: fake.seq }),
    down,
    up: listen,
    close: down,
  };
  await listen();
  return fake;
}

function ndjson(lines: readonly GatewayLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/**
 * A gateway: the real agent with its verification, records and state on disk; asking when the schedule lets it, and
 * enforcing in memory what a target would be handed.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { formatCursor } from '../../domain/cursor.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { envelopeHeader, signatureHeader } from '../../domain/wire/gateway.ts';
import { startAgent, type Agent } from '../../gateway/agent.ts';
import type { ServerClient } from '../../gateway/pull/client.ts';
import { parseToken } from '../../gateway/pull/token.ts';
import { verifyAnswer } from '../../gateway/pull/verify.ts';
import { openStore, type Held, type Store } from '../../gateway/state/store.ts';
import type { Http } from './http.ts';
import type { Worker } from './quiet.ts';
import type { VirtualTime } from './time.ts';

/** What traffic met from one moment on. */
export interface Enforced {
  readonly epoch: number;
  readonly seq: number;
  /** Connections and live keys, as texts. */
  readonly open: ReadonlySet<string>;
}

export interface GatewayNode extends Worker {
  readonly name: string;
  readonly id: string;
  skew: number;
  held(): Held | null;
  /** Everything enforced since the last call. */
  takeEnforced(): Enforced[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayNeeds {
  readonly name: string;
  readonly id: string;
  readonly token: string;
  readonly publicKey: Buffer;
  readonly folder: string;
  readonly http: Http;
  readonly time: VirtualTime;
}

const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

function keyOf(raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}

export const liveKey = (hash: string, application: string): string => `key ${hash} of ${application}`;
export const usableConnection = (application: string, service: string): string =>
  `connection of ${application} to ${service}`;

/** Whatever opens something, as one text each. */
function openings({ records }: Held): Set<string> {
  return new Set([
    ...[...records.credentials()].map(([hash, { application }]) => liveKey(hash, application)),
    ...[...records.connections()].map((pair) => usableConnection(pair.application, pair.service)),
  ]);
}

export function createGatewayNode(needs: GatewayNeeds): GatewayNode {
  const { name, id, http, time } = needs;
  const token = parseToken(needs.token);
  const key = keyOf(needs.publicKey);
  const headers = { authorization: `Bearer ${token.text}` };
  let agent: Agent | null = null;
  let held: Held | null = null;
  let enforced: Enforced[] = [];
  let storing = 0;

  /** Asks until it is answered: what is lost is asked again when the schedule comes back to it. */
  const ask = async (path: string, signal: AbortSignal, body?: string) => {
    for (;;) {
      if (signal.aborted) throw new GatehouseError('server_unreachable');
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      const request = {
        method: body === undefined ? ('GET' as const) : ('POST' as const),
        path: `/api/gateway/v1${path}`,
        headers: { ...headers, ...json },
        ...(body === undefined ? {} : { body }),
      };
      const ended = new Promise<null>((resolve) => {
        signal.addEventListener('abort', () => resolve(null), { once: true });
      });
      const answer = await Promise.race([http.request(name, request).catch(() => null), ended]);
      if (answer && answer.status < 500) return answer;
    }
  };
  const signed = async (path: string, signal: AbortSignal) => {
    const { status, headers: told, body } = await ask(path, signal);
    if (status === 410) return null;
    if (status !== 200) throw new GatehouseError('gateway_refused');
    const answer = {
      envelope: told[envelopeHeader] ?? '',
      signature: told[signatureHeader] ?? '',
      body,
    };
    return { envelope: verifyAnswer(answer, key, token.fingerprint), body };
  };
  const client: ServerClient = {
    snapshot: async (signal) => {
      const answer = await signed('/snapshot', signal);
      if (!answer) throw new GatehouseError('server_unreachable');
      return answer;
    },
    changes: (after, signal) => signed(`/changes?after=${formatCursor(after)}&wait=0`, signal),
    acknowledge: async (ack, signal) => {
      const { status } = await ask('/ack', signal, JSON.stringify(ack));
      return status !== 409 && status !== 410;
    },
    close: async () => undefined,
  };

  const counted = async <T>(work: Promise<T>): Promise<T> => {
    storing++;
    try {
      return await work;
    } finally {
      storing--;
    }
  };
  const watched = (store: Store): Store => ({
    load: () => counted(store.load()),
    saveSnapshot: (answer) => counted(store.saveSnapshot(answer)),
    appendChanges: (answer) => counted(store.appendChanges(answer)),
    compact: (state) => counted(store.compact(state)),
    close: () => counted(store.close()),
  });

  const node: GatewayNode = {
    name,
    id,
    skew: 0,
    events: null,
    busy: () => storing > 0,
    held: () => held,
    takeEnforced: () => enforced.splice(0),
    start: async () => {
      const store = watched(await counted(openStore(needs.folder, token.text)));
      const take = async (state: Held): Promise<void> => {
        held = state;
        const { epoch, to } = state.envelope;
        enforced.push({ epoch, seq: to, open: openings(state) });
      };
      agent = await startAgent({
        client,
        store,
        log: quietLog,
        now: () => time.now() + node.skew,
        createTarget: async ({ enforced: told }) => ({
          load: async (state) => {
            await take(state);
            told();
          },
          apply: async (_lines, state) => {
            await take(state);
            told();
          },
          refresh: async (state) => {
            held = state;
          },
          health: () => ({ live: true, detail: '' }),
          close: async () => undefined,
        }),
      });
    },
    stop: async () => {
      const closing = agent;
      agent = null;
      const closed = closing?.close();
      for (const exchange of [...http.exchanges]) if (exchange.client === name) exchange.giveUp();
      await closed;
      enforced = [];
      held = null;
    },
  };
  return node;
}

/** HTTP over the simulated network: a request arrives or not, is answered by a real server, and the answer arrives or not. */
import { Dispatcher } from 'undici';
import type { Channel } from './channel.ts';
import type { Network } from './network.ts';
import { publicUrl, type ServerNode } from './server.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request that is under way, as the schedule can disturb it. */
export interface Exchange {
  readonly client: string;
  readonly path: string;
  readonly server: () => ServerNode | null;
  /** The client gives up. What was sent may still arrive, and be acted on. */
  giveUp(): void;
}

export interface Http {
  /** Rejects where the request or its answer is lost. */
  request(client: string, request: Request): Promise<Answer>;
  readonly dispatcher: (client: string, alive: () => boolean) => Dispatcher;
  readonly exchanges: ReadonlySet<Exchange>;
}

const host = new URL(publicUrl).host;

async function answerOf(node: ServerNode, { method, path, headers, body }: Request): Promise<Answer> {
  const response = await node.app.inject({
    method,
    url: path,
    headers: { ...headers, host },
    ...(body === undefined ? {} : { payload: body }),
  });
  const told = Object.entries(response.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return { status: response.statusCode, headers: Object.fromEntries(told), body: response.rawPayload };
}

/** Snapshots are named by chance, which is not the schedule's. */
const shown = (path: string): string => path.replace(/(\/snapshot\/)[^/]+/, '$1…');

export function createHttp(network: Network): Http {
  const exchanges = new Set<Exchange>();

  const request = (client: string, what: Request): Promise<Answer> =>
    new Promise((resolve, reject) => {
      let server: ServerNode | null = null;
      const channel: Channel = network.open(client, () => server?.number ?? null);
      const finish = (end: () => void): void => {
        exchanges.delete(exchange);
        end();
      };
      const lose = (): void => finish(() => reject(new Error('lost on the way')));
      const forget = (): void => network.drop((other) => other === channel);
      const exchange: Exchange = { client, path: shown(what.path), server: () => server, giveUp: lose };
      exchanges.add(exchange);
      const answered = (answer: Answer): void => {
        channel.queue.push({
          what: `answer ${answer.status}`,
          lose,
          arrive: () => {
            finish(() => resolve(answer));
            forget();
          },
        });
      };
      channel.queue.push({
        what: `${what.method} ${shown(what.path)}`,
        lose,
        arrive: async () => {
          const node = network.route(client);
          if (!node) {
            lose();
            return forget();
          }
          server = node;
          // Not awaited: a commit that is held open would hold up the schedule with it.
          network
            .working(node, () => answerOf(node, what))
            .then(answered, () => {
              lose();
              forget();
            });
        },
      });
    });

  const dispatcher = (client: string, alive: () => boolean): Dispatcher =>
    new SimulatedDispatcher((what) => request(client, what), alive);

  return { request, dispatcher, exchanges };
}

/** What undici's `request` hands its calls to. */
class SimulatedDispatcher extends Dispatcher {
  readonly #send: (request: Request) => Promise<Answer>;
  readonly #alive: () => boolean;

  constructor(send: (request: Request) => Promise<Answer>, alive: () => boolean) {
    super();
    this.#send = send;
    this.#alive = alive;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    let aborted: Error | null = null;
    const controller: Dispatcher.DispatchController = {
      get aborted() {
        return aborted !== null;
      },
      paused: false,
      get reason() {
        return aborted;
      },
      rawHeaders: null,
      rawTrailers: null,
      abort: (reason) => {
        if (aborted) return;
        aborted = reason;
        handler.onResponseError?.(controller, reason);
      },
      pause: () => undefined,
      resume: () => undefined,
    };
    handler.onRequestStart?.(controller, null);
    const body = typeof options.body === 'string' ? { body: options.body } : {};
    const method = options.method === 'POST' ? 'POST' : 'GET';
    const listening = (): boolean => this.#alive() && aborted === null;
    this.#send({ method, path: options.path, headers: flatHeaders(options.headers), ...body }).then(
      (answer) => {
        if (!listening()) return;
        handler.onResponseStart?.(controller, answer.status, answer.headers);
        handler.onResponseData?.(controller, answer.body);
        handler.onResponseEnd?.(controller, {});
      },
      (error: unknown) => {
        if (!listening()) return;
        aborted = error instanceof Error ? error : new Error(String(error));
        handler.onResponseError?.(controller, aborted);
      },
    );
    return true;
  }
}

function flatHeaders(headers: Dispatcher.DispatchOptions['headers']): Record<string, string> {
  if (!headers || Array.isArray(headers) || Symbol.iterator in headers) return {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

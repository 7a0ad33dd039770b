/** Desks' sockets over the simulated network: real WebSocket frames at the server's end, whole messages in between. */
import type { WebSocket } from 'ws';
import { decodeMessage } from '../../domain/wire/sync.ts';
import type { Dial, SocketEvents } from '../../main/core/sync/socket.ts';
import type { Channel } from './channel.ts';
import type { Network } from './network.ts';
import type { ServerNode } from './server.ts';
import { openSocket, Refused } from './upgrade.ts';

/** A connection as the schedule can disturb it. */
export interface Wire {
  readonly client: string;
  /** What the client says who it is by. */
  readonly token: string;
  readonly server: () => ServerNode | null;
  readonly open: () => boolean;
  /** The name of the feed's document, once something of it has come. */
  readonly feed: () => string | null;
  /** The client sees it end now; the server only once what is on its way has arrived, if ever. */
  breakAtClient(): void;
  /** Both ends see it end, and what was on its way is lost. */
  breakWhole(): void;
  /** Brings bytes to the client as if the server had sent them. */
  forge(bytes: Uint8Array): void;
}

export interface Dialling {
  readonly dial: (client: string, alive: () => boolean) => Dial;
  readonly wires: ReadonlySet<Wire>;
}

export function createDialling(network: Network): Dialling {
  const wires = new Set<Wire>();

  const connect = (client: string, alive: () => boolean, token: string, events: SocketEvents) => {
    let state: 'dialling' | 'open' | 'over' = 'dialling';
    let server: ServerNode | null = null;
    let far: WebSocket | null = null;
    let feed: string | null = null;
    const to = (): number | null => server?.number ?? null;
    const up: Channel = network.open(client, to);
    const down: Channel = network.open(client, to);

    const hang = (): void => {
      far?.terminate();
      network.drop((channel) => channel === up || channel === down);
      wires.delete(wire);
    };
    const tell = (what: () => void): void => {
      if (alive() && state !== 'over') what();
    };
    const over = (say: () => void): void => {
      if (state === 'over') return;
      tell(say);
      state = 'over';
    };
    const push = (channel: Channel, what: string, arrive: () => void | Promise<void>): void => {
      channel.queue.push({ what, arrive, lose: () => undefined });
    };

    const wire: Wire = {
      client,
      token,
      server: () => server,
      open: () => state === 'open',
      feed: () => feed,
      breakAtClient: () => {
        over(events.onClose);
        push(up, 'end', hang);
      },
      breakWhole: () => {
        over(events.onClose);
        hang();
      },
      forge: (bytes) => tell(() => events.onMessage(bytes)),
    };
    wires.add(wire);

    const listen = (socket: WebSocket): void => {
      far = socket;
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer) => {
        const bytes = new Uint8Array(data);
        const message = feed === null ? decodeMessage(bytes) : null;
        if (message?.kind === 'sync' && message.document.startsWith('feed/')) feed = message.document;
        push(down, 'message', () => tell(() => events.onMessage(bytes)));
      });
      socket.on('pong', () => push(down, 'pong', () => tell(events.onAlive)));
      socket.on('close', () =>
        push(down, 'end', () => {
          over(events.onClose);
          hang();
        }),
      );
    };

    const upgrade = (): void => {
      const node = network.route(client);
      if (!node) {
        over(() => events.onError(new Error('unreachable')));
        return hang();
      }
      server = node;
      network
        .working(node, () => openSocket(node, token, listen))
        .then(
          () => {
            if (state === 'dialling') state = 'open';
          },
          (error: unknown) => {
            const { status, text } = error instanceof Refused ? error : new Refused(500);
            push(down, `status ${status}`, () => {
              over(() => events.onRefused(status, text));
              hang();
            });
          },
        );
    };
    push(up, 'upgrade', upgrade);

    return {
      isOpen: () => state === 'open',
      send: (bytes: Uint8Array) => push(up, 'message', () => far?.send(bytes)),
      ping: () => push(up, 'ping', () => far?.ping()),
      terminate: () => {
        if (state === 'over') return;
        state = 'over';
        push(up, 'end', hang);
      },
    };
  };

  return {
    wires,
    dial: (client, alive) => (address, events) => connect(client, alive, address.token, events),
  };
}

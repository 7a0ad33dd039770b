/**
 * The network between clients and servers, and between the servers: nothing arrives before the schedule says so. Within
 * one connection order holds, as on TCP; across connections it does not. What was sent may arrive after its sender
 * has given up on it.
 */
import type { Channel, Delivery } from './channel.ts';
import type { Dice } from './dice.ts';
import type { Worker } from './quiet.ts';
import type { ServerNode } from './server.ts';

export interface Network extends Worker {
  /** A new channel of a client. */
  open(client: string, server: () => number | null): Channel;
  /** Runs what happens at a server when something arrives; counts as busy until it is over, or the server is gone. */
  working<T>(node: ServerNode, work: () => Promise<T>): Promise<T>;
  /** The server that a new connection of `client` is led to, or null where none can be reached. */
  readonly route: (client: string) => ServerNode | null;
  /** Channels of which something may arrive now, by client and age. */
  ready(): readonly Channel[];
  /** Lets the next thing of a channel arrive. */
  deliver(channel: Channel): Promise<void>;
  /** All that is on its way of a client to or from a server is lost. */
  drop(concerns: (channel: Channel) => boolean): void;
  cut(client: string, server: number): void;
  heal(): void;
}

export function createNetwork(servers: () => readonly ServerNode[], dice: () => Dice): Network {
  const channels = new Set<Channel>();
  const cuts = new Set<string>();
  const working = new Map<ServerNode, number>();
  const count = (node: ServerNode, more: number): void =>
    void working.set(node, (working.get(node) ?? 0) + more);

  const isCut = (client: string, server: number): boolean => cuts.has(`${client} ${server}`);
  const reachable = (client: string): ServerNode[] =>
    servers().filter(({ number }) => !isCut(client, number));

  const passable = ({ client, server }: Channel): boolean => {
    const to = server();
    return to === null ? true : !isCut(client, to);
  };

  return {
    events: null,
    busy: () => servers().some((node) => (working.get(node) ?? 0) > 0),
    open(client, server) {
      const channel: Channel = { client, server, queue: [] };
      channels.add(channel);
      return channel;
    },
    async working(node, work) {
      count(node, 1);
      try {
        return await work();
      } finally {
        count(node, -1);
      }
    },
    route(client) {
      const there = reachable(client);
      return there.length > 0 ? dice().pick(there) : null;
    },
    ready: () =>
      [...channels]
        .filter((channel) => channel.queue.length > 0 && passable(channel))
        .sort((a, b) => (a.client < b.client ? -1 : a.client > b.client ? 1 : 0)),
    async deliver(channel) {
      const next: Delivery | undefined = channel.queue.shift();
      await next?.arrive();
    },
    drop(concerns) {
      for (const channel of [...channels]) {
        if (!concerns(channel)) continue;
        channels.delete(channel);
        for (const { lose } of channel.queue.splice(0)) lose();
      }
    },
    cut: (client, server) => void cuts.add(`${client} ${server}`),
    heal: () => cuts.clear(),
  };
}

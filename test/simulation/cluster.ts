/**
 * The sync-servers on one database. What PostgreSQL would tell each of them about the others' commits and about ended
 * sessions, the simulated network brings, in order and when it likes.
 */
import type { Cursor } from '../../domain/cursor.ts';
import type { Base } from './base.ts';
import type { Channel } from './channel.ts';
import type { Network } from './network.ts';
import { startServerNode, type ServerNode } from './server.ts';

const count = 2;

export interface Cluster {
  /** All of them; one that crashed is replaced in place. */
  readonly servers: readonly ServerNode[];
  /** How far the servers' clocks are off, in milliseconds. */
  readonly skews: number[];
  start(): Promise<void>;
  /** The end of the log. */
  head(): Cursor;
  /** Tells all servers that the sessions of an admin or a device may have changed, as the database does. */
  announce(id: string): void;
  /** Another process in the place of one that is gone. */
  replace(number: number): Promise<void>;
  /** What servers took for faults of their own since the last call. */
  takeInternal(): string[];
  close(): Promise<void>;
}

export interface ClusterNeeds {
  readonly base: Base;
  /** Where all servers keep their files. */
  readonly folder: string;
  readonly network: () => Network;
  readonly now: () => number;
}

export function createCluster({ base, folder, network, now }: ClusterNeeds): Cluster {
  const servers: ServerNode[] = [];
  const news: Channel[] = [];
  const skews = Array.from({ length: count }, () => 0);
  const internal: string[] = [];
  let head: Cursor = { epoch: 1, seq: base.seq };
  /** Each server has readings of its own, so that a moment names a commit. */
  let readings = 0;

  const tell = (what: string, hear: (server: ServerNode) => void, but?: number): void => {
    for (const [number, channel] of news.entries()) {
      if (number === but) continue;
      const arrive = (): void => {
        const server = servers[number];
        if (server) hear(server);
      };
      channel.queue.push({ what, arrive, lose: () => undefined });
    }
  };

  const start = async (number: number): Promise<void> => {
    const client = `s${number}`;
    // What a process was not told any more, the next one reads.
    network().drop((channel) => channel.client === client);
    news[number] = network().open(client, () => null);
    servers[number] = await startServerNode({
      number,
      pool: base.pool(number),
      databaseUrl: base.database.connectionString,
      folder,
      clock: () => now() + (skews[number] ?? 0) + readings++ * count + number,
      committed: (seq) => {
        if (seq > head.seq) head = { ...head, seq };
        tell(`commit ${seq}`, ({ wake }) => wake.notify(seq), number);
      },
      onInternal: (line) => void internal.push(line),
    });
  };
  const close = async (): Promise<void> => {
    for (const server of servers) await server.close();
  };
  const startAll = async (): Promise<void> => {
    for (let number = 0; number < count; number++) await start(number);
  };

  return {
    servers,
    skews,
    start: startAll,
    head: () => head,
    announce: (id) => tell('sessions', ({ wake }) => wake.sessions.notify(id)),
    replace: async (number) => {
      await servers[number]?.close();
      await start(number);
    },
    takeInternal: () => internal.splice(0),
    close,
  };
}

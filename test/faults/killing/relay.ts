/**
 * A relay that watches what passes and can stop the world at a named moment: between a desk and the server, or between
 * the server and PostgreSQL. What is frozen has been sent by one side and not seen by the other, which is where a kill
 * hurts most.
 */
import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net';

/** `there`: from the client to the service. */
export type Direction = 'there' | 'back';

/** Whether this chunk is the moment. Asked for each chunk in the order in which they pass. */
export type Moment = (direction: Direction, chunk: Buffer) => boolean;

export interface Relay {
  /** Where it listens; 0 on a unix socket. */
  readonly port: number;
  /** Resolves at the moment: that chunk, and all after it, are held back until `thaw`. */
  freezeAt(moment: Moment): Promise<void>;
  /** Lets so many bytes more pass in this direction, whichever connection they belong to, then breaks that connection. */
  cutAfter(direction: Direction, bytes: number): Promise<void>;
  /** Drops what is held back with its connections, as a killed machine does, and lets new ones through. */
  thaw(): void;
  close(): Promise<void>;
}

interface Cut {
  readonly direction: Direction;
  left: number;
  readonly done: () => void;
}

interface Waiting {
  readonly moment: Moment;
  readonly reached: () => void;
}

/** Listens at `at` and connects to `to()`, asked anew each time: the far end may come back elsewhere. */
export async function openRelay(at: ListenOptions, to: () => NetConnectOpts): Promise<Relay> {
  const open = new Set<Socket>();
  let waiting: Waiting | null = null;
  let cut: Cut | null = null;
  let frozen = false;

  function pass(direction: Direction, chunk: Buffer, target: Socket): void {
    if (cut?.direction === direction) {
      if (chunk.length >= cut.left) {
        // The receiver gets the beginning, and then the end of the connection.
        target.end(chunk.subarray(0, cut.left));
        cut.done();
        cut = null;
        return;
      }
      cut.left -= chunk.length;
    }
    if (!frozen && waiting?.moment(direction, chunk)) {
      frozen = true;
      waiting.reached();
      waiting = null;
    }
    if (!frozen) target.write(chunk);
  }

  const server = createServer((near) => {
    if (frozen) return near.destroy();
    const far = connect(to());
    for (const [socket, other, direction] of [
      [near, far, 'there'],
      [far, near, 'back'],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('data', (chunk: Buffer) => pass(direction, chunk, other));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    return undefined;
  });
  server.listen(at);
  await once(server, 'listening');

  const address = server.address();
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    freezeAt: (moment) =>
      new Promise((reached) => {
        waiting = { moment, reached };
      }),
    cutAfter: (direction, bytes) =>
      new Promise((done) => {
        cut = { direction, left: bytes, done };
      }),
    thaw: () => {
      drop();
      waiting = null;
      cut = null;
      frozen = false;
    },
    close: async () => {
      server.close();
      drop();
      await once(server, 'close');
    },
  };
}

/**
 * A plain TCP balancer on loopback: each connection goes to the next server in turn that can be reached, and stays there
 * until one side hangs up. It knows nothing of HTTP, and no server is told of another.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Balancer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The ports of the servers behind it, in order; may be changed at any time. */
  ports: readonly number[];
  /** Connections that were handed out so far, by the server's port. */
  readonly handed: ReadonlyMap<number, number>;
  /** Hangs up on everybody; who comes again is handed on to the next. */
  hangUp(): void;
  close(): Promise<void>;
}

/** A server that is reached, or null. */
async function reach(port: number): Promise<Socket | null> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    socket.destroy();
    return null;
  }
}

export async function startBalancer(): Promise<Balancer> {
  const open = new Set<Socket>();
  const handed = new Map<number, number>();
  let ports: readonly number[] = [];
  let turn = 0;

  function join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  async function hand(near: Socket): Promise<void> {
    near.on('error', () => near.destroy());
    for (let tries = ports.length; tries > 0; tries--) {
      const port = ports[turn++ % ports.length] ?? 0;
      const far = await reach(port);
      if (!far) continue;
      handed.set(port, (handed.get(port) ?? 0) + 1);
      if (near.destroyed) far.destroy();
      else join(near, far);
      return;
    }
    near.destroy();
  }

  const server = createServer({ pauseOnConnect: false }, (near) => void hand(near));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server's address is never a string or null.
  const { port: own } = server.address() as AddressInfo;
  const hangUp = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${own}`,
    get ports() {
      return ports;
    },
    set ports(next) {
      ports = next;
    },
    handed,
    hangUp,
    async close() {
      server.close();
      hangUp();
      await once(server, 'close');
    },
  };
}

/** A TCP relay on loopback, which knows nothing of what it carries: two sockets joined for each connection. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Relay {
  /** Takes connections at `port`, or at a free one for 0; which one it is. */
  listen(port: number): Promise<number>;
  /** Ends what is open; what comes is taken as before. */
  hangUp(): void;
  /** Ends what is open and refuses what comes, until it listens again. */
  stop(): Promise<void>;
}

/** A connection to a server on this machine, or null where none takes it. */
export async function reach(port: number): Promise<Socket | null> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    socket.destroy();
    return null;
  }
}

export interface RelayNeeds {
  /** The other end for one more connection, or null where it is to be ended. */
  readonly far: () => Promise<Socket | null>;
  /** Told of what clients send, as it comes. */
  readonly heard?: (chunk: Buffer) => void;
}

export function createRelay({ far: findFar, heard }: RelayNeeds): Relay {
  const open = new Set<Socket>();

  function keep(socket: Socket): void {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  async function hand(near: Socket): Promise<void> {
    keep(near);
    const far = await findFar();
    if (!far || near.destroyed) {
      far?.destroy();
      near.destroy();
      return;
    }
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    if (heard) near.on('data', heard);
    near.pipe(far);
    far.pipe(near);
  }

  const server = createServer((near) => void hand(near));
  const hangUp = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    hangUp,
    async listen(port) {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      // A listening TCP server's address is never a string or null.
      return (server.address() as AddressInfo).port;
    },
    async stop() {
      hangUp();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      // Some may have come in between.
      hangUp();
      await closed;
    },
  };
}

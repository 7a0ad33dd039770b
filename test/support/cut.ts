/**
 * A network cable that tests can pull: a TCP relay on loopback. While it is cut, connections are refused and those that
 * were open are gone, as a laptop sees it that leaves its network. (A browser's own offline switch leaves an open
 * WebSocket open.)
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Cable {
  /** `http://127.0.0.1:PORT`, the same before and after a cut. */
  readonly url: string;
  /** Ends what is open and refuses what comes. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
  /** Paths that were asked for over HTTP/1.1 so far, without their queries, in order. */
  readonly asked: readonly string[];
}

/** The beginning of a request: clients here send its head in one piece. */
const requestLine = /^(?:GET|POST|PUT|PATCH|DELETE) ([^ ?]+)\S* HTTP\/1\.1\r\n/;

/** Relays to 127.0.0.1:`port()`, asked anew for each connection: the far end may come back elsewhere. */
export async function layCable(port: () => number): Promise<Cable> {
  const open = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((near) => {
    const far = connect(port(), '127.0.0.1');
    near.on('data', (chunk) => {
      const path = requestLine.exec(chunk.toString('latin1'))?.[1];
      if (path !== undefined) asked.push(path);
    });
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
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server's address is never a string or null.
    return (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    if (!server.listening) return;
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  };
  const own = await listen(0);
  return {
    asked,
    url: `http://127.0.0.1:${own}`,
    cut: stop,
    mend: async () => void (await listen(own)),
    close: stop,
  };
}

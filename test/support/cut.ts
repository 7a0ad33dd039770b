/**
 * A network cable that tests can pull: a TCP relay on loopback. While it is cut, connections are refused and those that
 * were open are gone, as a laptop sees it that leaves its network. (A browser's own offline switch leaves an open
 * WebSocket open.)
 */
import { createRelay, reach } from './relay.ts';

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
  const asked: string[] = [];
  const relay = createRelay({
    far: () => reach(port()),
    heard: (chunk) => {
      const path = requestLine.exec(chunk.toString('latin1'))?.[1];
      if (path !== undefined) asked.push(path);
    },
  });
  const own = await relay.listen(0);
  return {
    asked,
    url: `http://127.0.0.1:${own}`,
    cut: () => relay.stop(),
    mend: async () => void (await relay.listen(own)),
    close: () => relay.stop(),
  };
}

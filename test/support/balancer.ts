/**
 * A plain TCP balancer on loopback: each connection goes to the next server in turn that can be reached, and stays there
 * until one side hangs up. It knows nothing of HTTP, and no server is told of another.
 */
import type { Socket } from 'node:net';
import { createRelay, reach } from './relay.ts';

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

export async function startBalancer(): Promise<Balancer> {
  const handed = new Map<number, number>();
  let ports: readonly number[] = [];
  let turn = 0;

  async function next(): Promise<Socket | null> {
    for (let tries = ports.length; tries > 0; tries--) {
      const port = ports[turn++ % ports.length] ?? 0;
      const far = await reach(port);
      if (!far) continue;
      handed.set(port, (handed.get(port) ?? 0) + 1);
      return far;
    }
    return null;
  }

  const relay = createRelay({ far: next });
  const own = await relay.listen(0);
  return {
    url: `http://127.0.0.1:${own}`,
    get ports() {
      return ports;
    },
    set ports(following) {
      ports = following;
    },
    handed,
    hangUp: () => relay.hangUp(),
    close: () => relay.stop(),
  };
}

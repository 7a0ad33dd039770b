/**
 * Where the work that is being done comes from: set once where a request, a socket's message or a command enters, read
 * by the commit that it leads to. So no feature in between has to hand it on, and none can forget to.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Origin {
  /** The caller's IP address, or `cli`. */
  readonly address: string;
  readonly requestId?: string;
}

const storage = new AsyncLocalStorage<Origin>();
const ownWork: Origin = { address: 'system' };

/** Runs `work`, and all that it starts, as coming from `origin`. */
export function withOrigin<T>(origin: Origin, work: () => T): T {
  return storage.run({ ...origin, address: plainAddress(origin.address) }, work);
}

/** What the server does by itself comes from `system`. */
export function currentOrigin(): Origin {
  return storage.getStore() ?? ownWork;
}

/** An IPv4 address as itself also where the socket speaks IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/**
 * Addresses of upstreams that are given by name: HAProxy is told addresses, so names are resolved here, again and again,
 * beside everything else: a slow name server delays no change of access.
 */
import { lookup } from 'node:dns/promises';

export interface Resolver {
  /** The last known address. Rejects where there is none within a second. */
  readonly resolve: (host: string) => Promise<string>;
  /** Whether an address has changed since this was last asked. */
  readonly moved: () => boolean;
  readonly close: () => void;
}

const againEvery = 30_000;
const longest = 1_000;

export function createResolver(): Resolver {
  const known = new Map<string, string | null>();
  let moved = false;

  async function look(host: string): Promise<string | null> {
    try {
      const { address } = await lookup(host);
      moved ||= known.get(host) !== address;
      known.set(host, address);
      return address;
    } catch {
      // The last known address stays: an outage of the name server is not one of the upstream.
      return known.get(host) ?? null;
    }
  }

  const timer = setInterval(() => {
    for (const host of known.keys()) void look(host);
  }, againEvery);
  timer.unref();

  return {
    async resolve(host) {
      if (!known.has(host)) known.set(host, null);
      const address = known.get(host) ?? (await withinASecond(look(host)));
      if (address === null) throw new Error(`no address for ${host}`);
      return address;
    },
    moved() {
      const answer = moved;
      moved = false;
      return answer;
    },
    close() {
      clearInterval(timer);
    },
  };
}

function withinASecond(looking: Promise<string | null>): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(null);
    }, longest);
    void looking.then((address) => {
      clearTimeout(timer);
      resolve(address);
    });
  });
}

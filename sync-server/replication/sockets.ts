/**
 * All sync sockets of this process: how many there may be, how fast a device may send, who hears whose presence, and who
 * is looked at when sessions change. A device or admin that opens one more than allowed keeps the newer ones: the older
 * are most likely dead without knowing it.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { Message } from '../../domain/wire/sync.ts';
import { RateLimited } from '../http/limit.ts';
import { everything } from '../scopes/scope.ts';
import type { Held, Session, SyncConnection } from './connection.ts';
import { createDevicePace, type Allowances, type DevicePace, type Pace } from './pace.ts';

/** The allowances are one device's, over all its sockets. */
export interface SocketLimits extends Allowances {
  readonly perDevice: number;
  readonly perAdmin: number;
  readonly total: number;
  /** Bytes that wait in all sockets together, either way. */
  readonly buffered: number;
}

const mebibyte = 1024 * 1024;

/** A desk that comes back with ten thousand decisions sends some fifty frames and five megabytes within seconds. */
export const socketLimits: SocketLimits = {
  perDevice: 4,
  perAdmin: 1_000,
  total: 5_000,
  buffered: 256 * mebibyte,
  connects: { burst: 60, perSecond: 2 },
  frames: { burst: 1_000, perSecond: 200 },
  bytes: { burst: 16 * mebibyte, perSecond: 2 * mebibyte },
  presence: { burst: 40, perSecond: 10 },
};

const sweepMilliseconds = 1_000;
/** How long somebody who was turned away for want of room should wait, in seconds. */
const comeBack = 5;

interface Open {
  readonly session: Session;
  readonly connection: SyncConnection;
}

/** How many sockets there are, and what waits in all of them, for whoever counts. */
export interface Load extends Held {
  readonly sockets: number;
  /** Of the one that holds most. */
  readonly unsentLargest: number;
}

export interface Sockets {
  /**
   * Takes a place before an upgrade, so that those who come at the same moment do not all find the last one free; answers how
   * it is given back. Throws `rate_limited` where there is no room, or the device connects too often.
   */
  admit(device: string): () => void;
  paceOf(device: string): DevicePace;
  /** Takes a connection in; answers the way out. */
  add(session: Session, connection: SyncConnection): () => void;
  /** Who looks at what goes to those who may see that. */
  relay(from: Session, message: Message): void;
  /** Looks at the sessions of an admin or a device, or at all. */
  look(id: string | null): void;
  close(): void;
}

function loadOf(all: readonly Held[]): Load {
  const sum = (of: keyof Held): number => all.reduce((total, held) => total + held[of], 0);
  return {
    sockets: all.length,
    unsent: sum('unsent'),
    unsentLargest: Math.max(0, ...all.map(({ unsent }) => unsent)),
    undecided: sum('undecided'),
    intents: sum('intents'),
  };
}

export function openSockets(
  limits: SocketLimits,
  now: () => number,
  observe: (load: Load) => void = () => undefined,
): Sockets {
  const open = new Set<Open>();
  const places = new Set<symbol>();
  const paces = new Map<string, DevicePace>();

  function paceOf(device: string): DevicePace {
    const known = paces.get(device);
    if (known) return known;
    const made = createDevicePace(limits, now);
    paces.set(device, made);
    return made;
  }

  function end(one: Open, why: GatehouseError): void {
    open.delete(one);
    one.connection.end(why);
  }

  /** Ends the oldest of those that are alike, until there are `most`. */
  function thin(most: number, alike: (one: Open) => boolean): void {
    const all = [...open].filter(alike);
    for (const one of all.slice(0, Math.max(0, all.length - most))) {
      end(one, new GatehouseError('connection_replaced'));
    }
  }

  /** Ends those that hold most, once all together hold too much; forgets devices that have been quiet. */
  function sweep(): void {
    const holding = [...open]
      .map((one) => ({ one, held: one.connection.held() }))
      .map(({ one, held }) => ({ one, held, bytes: held.unsent + held.undecided }))
      .sort((a, b) => b.bytes - a.bytes);
    const load = loadOf(holding.map(({ held }) => held));
    observe(load);
    let total = load.unsent + load.undecided;
    for (const { one, bytes } of holding) {
      if (total <= limits.buffered) break;
      end(one, new RateLimited(comeBack));
      total -= bytes;
    }
    const here = new Set([...open].map(({ session }) => session.device));
    for (const [device, pace] of paces) {
      const rested = Object.values(pace).every((one: Pace) => one.rested());
      if (rested && !here.has(device)) paces.delete(device);
    }
  }

  const timer = setInterval(sweep, sweepMilliseconds);
  return {
    paceOf,
    admit(device) {
      if (places.size >= limits.total) throw new RateLimited(comeBack);
      const wait = paceOf(device).connects.take(1);
      if (wait > 0) throw new RateLimited(wait);
      const place = Symbol(device);
      places.add(place);
      return () => void places.delete(place);
    },
    add(session, connection) {
      const one = { session, connection };
      open.add(one);
      thin(limits.perDevice, (other) => other.session.device === session.device);
      thin(limits.perAdmin, (other) => other.session.adminId === session.adminId);
      return () => open.delete(one);
    },
    relay(from, message) {
      for (const { session, connection } of open) {
        const sees = session.scope === everything.name || session.scope === from.scope;
        if (sees && session.device !== from.device) connection.deliver(message);
      }
    },
    look(id) {
      for (const { session, connection } of open) {
        if (id === null || id === session.adminId || id === session.device) connection.look();
      }
    },
    close: () => clearInterval(timer),
  };
}

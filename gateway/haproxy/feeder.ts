/**
 * Keeps a running HAProxy at what the maps say. A mark in HAProxy's memory tells whether this very process was fed by
 * this very run of the agent: a restart, a reload or another agent's hand shows by its absence, whatever the pid.
 */
import { randomBytes } from 'node:crypto';
import { sentinel, tombstone } from './files.ts';
import type { Maps, OverlayChange } from './maps.ts';
import type { RuntimeSocket } from './socket.ts';
import type { Held } from '../state/store.ts';

export interface Feeder {
  /** Brings HAProxy to what the maps hold, sending only what it lacks. @throws GatehouseError haproxy_refused */
  feed(held: Held): Promise<void>;
  /** Sends changes to a HAProxy that is fed, closings first. @throws GatehouseError haproxy_refused */
  send(changes: readonly OverlayChange[], held: Held): Promise<void>;
  /** Replaces the services. @throws GatehouseError haproxy_refused */
  sendServices(held: Held): Promise<void>;
  /** After a failure HAProxy's memory is in doubt: the next `feed` sends everything small again. */
  doubt(): void;
}

export function createFeeder(maps: Maps, socket: RuntimeSocket): Feeder {
  const { paths } = maps;
  let mark = newMark();

  async function feed(held: Held): Promise<void> {
    const generation = String(maps.generation());
    const bulks = maps.bulkEntries(held);
    const [fedBy, ...generations] = await socket.lookUp([
      { map: paths.meta, key: sentinel.feed },
      ...bulks.map(({ map }) => ({ map, key: sentinel.generation })),
    ]);
    const behind = bulks.filter((_, index) => generations[index] !== generation);
    for (const { map, entries } of behind) await socket.replace(map, entries);
    if (fedBy === mark && behind.length === 0) return;
    for (const { map, entries } of maps.smallEntries(held)) {
      const isMeta = map === paths.meta;
      await socket.replace(map, isMeta ? [...entries, [sentinel.feed, mark]] : entries);
    }
  }

  async function send(changes: readonly OverlayChange[], held: Held): Promise<void> {
    const closings = changes.filter(({ value }) => value === tombstone);
    const openings = changes.filter(({ value }) => value !== tombstone);
    const overlays = [...closings, ...openings].map(
      ({ map, key, value, replaces }) => `${replaces ? 'set' : 'add'} map ${map} ${key} ${value}`,
    );
    const meta = maps.metaEntries(held).map(([key, value]) => `set map ${paths.meta} ${key} ${value}`);
    // Setting the mark to itself fails where HAProxy has started anew in the meantime.
    const marked = `set map ${paths.meta} ${sentinel.feed} ${mark}`;
    await socket.run([...overlays, marked, ...meta]);
  }

  async function sendServices(held: Held): Promise<void> {
    const services = maps.smallEntries(held).find(({ map }) => map === paths.services);
    if (services) await socket.replace(services.map, services.entries);
  }

  return {
    feed,
    send,
    sendServices,
    doubt() {
      mark = newMark();
    },
  };
}

function newMark(): string {
  return randomBytes(8).toString('hex');
}

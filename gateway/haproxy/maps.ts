/**
 * What HAProxy is to hold, on disk and ready to be sent: bulk maps that change rarely and overlays that take every
 * change. Knows no socket.
 */
import { formatCursor } from '../../domain/cursor.ts';
import type { GatewayLine } from '../../domain/wire/gateway.ts';
import { freshUntil } from '../freshness.ts';
import { indexByPrefix } from '../state/records.ts';
import type { Held } from '../state/store.ts';
import {
  connectionEntries,
  credentialEntries,
  ensureMapFiles,
  overlayEntries,
  readGeneration,
  readMap,
  writeMap,
} from './bulk.ts';
import { sentinel } from './files.ts';
import type { MapPaths } from './files.ts';
import { overlayEntry, routeEntry } from './values.ts';
import type { Entry, Resolve } from './values.ts';

/** One change of an overlay, and whether its key was in the overlay before. */
export interface OverlayChange {
  readonly map: string;
  readonly key: string;
  readonly value: string;
  readonly replaces: boolean;
}

export interface Maps {
  readonly paths: MapPaths;
  /** Number of the present bulks. */
  generation(): number;
  /** Entries in the overlays. */
  overlaid(): number;
  /** Takes over what an earlier run wrote for exactly this state. False where the files are of any other. */
  resume(held: Held): Promise<boolean>;
  /** Writes everything anew, with empty overlays. Where it cannot, the entries for a running HAProxy are new all the same. */
  rewrite(held: Held): Promise<void>;
  /** Records changes in the overlays, in memory; `writeOverlays` brings them to disk. */
  overlay(lines: readonly GatewayLine[]): OverlayChange[];
  writeOverlays(changes: readonly OverlayChange[]): Promise<void>;
  /** Writes the services; true where the file was another one before. */
  writeServices(held: Held): Promise<boolean>;
  /** The sentinels of the state. */
  metaEntries(held: Held): Entry[];
  writeMeta(held: Held): Promise<void>;
  /** What each map holds now, for a HAProxy that has to be told everything. */
  bulkEntries(held: Held): { readonly map: string; readonly entries: Iterable<Entry> }[];
  smallEntries(held: Held): { readonly map: string; readonly entries: Iterable<Entry> }[];
}

export async function openMaps(folder: string, resolve: Resolve): Promise<Maps> {
  const paths = await ensureMapFiles(folder);
  let generation = 0;
  let credentials = new Map<string, string>();
  let connections = new Map<string, string>();
  let services: Entry[] = [];
  let servicesWritten = false;
  /** What a rewrite that failed was of. Tried again it has the same number, so that HAProxy is not sent the same twice. */
  let unfinished: Held | null = null;

  const mapFiles = [paths.credentials, paths.credentialsOverlay, paths.connections, paths.connectionsOverlay];

  async function resume(held: Held): Promise<boolean> {
    const generations = await Promise.all(mapFiles.map(readGeneration));
    const [first = 0] = generations;
    generation = Math.max(...generations);
    const meta = await readMap(paths.meta);
    if (meta.get(sentinel.cursor) !== cursorOf(held)) return false;
    if (first === 0 || generations.some((other) => other !== first)) return false;
    credentials = await readMap(paths.credentialsOverlay);
    connections = await readMap(paths.connectionsOverlay);
    credentials.delete(sentinel.generation);
    connections.delete(sentinel.generation);
    await writeServices(held);
    await writeMeta(held);
    return true;
  }

  /** The bulks first: until the overlays are emptied they repeat what the new bulks hold, which changes nothing. */
  async function rewrite(held: Held): Promise<void> {
    if (unfinished !== held || overlaid() > 0) generation += 1;
    unfinished = held;
    credentials = new Map();
    connections = new Map();
    await renewServices(held);
    for (const { map, entries } of bulkEntries(held)) await writeMap(map, entries);
    for (const { map, entries } of overlays()) await writeMap(map, entries);
    await writeServices(held);
    await writeMeta(held);
    unfinished = null;
  }

  function overlay(lines: readonly GatewayLine[]): OverlayChange[] {
    const changes: OverlayChange[] = [];
    for (const line of lines) {
      const entry = overlayEntry(line);
      if (!entry) continue;
      const [key, value] = entry;
      const isCredential = line.record.k === 'credential';
      const into = isCredential ? credentials : connections;
      const map = isCredential ? paths.credentialsOverlay : paths.connectionsOverlay;
      changes.push({ map, key, value, replaces: into.has(key) });
      into.set(key, value);
    }
    return changes;
  }

  async function writeOverlays(changes: readonly OverlayChange[]): Promise<void> {
    const changed = new Set(changes.map(({ map }) => map));
    for (const { map, entries } of overlays()) if (changed.has(map)) await writeMap(map, entries);
  }

  function overlays(): { map: string; entries: Iterable<Entry> }[] {
    return [
      { map: paths.credentialsOverlay, entries: overlayEntries(credentials, generation) },
      { map: paths.connectionsOverlay, entries: overlayEntries(connections, generation) },
    ];
  }

  async function renewServices(held: Held): Promise<void> {
    const unique = indexByPrefix(held.records.services()).values();
    const routes = await Promise.all([...unique].map((service) => routeEntry(service, resolve)));
    const next = routes.filter((entry) => entry !== null).sort(([a], [b]) => (a < b ? -1 : 1));
    if (JSON.stringify(next) === JSON.stringify(services)) return;
    services = next;
    servicesWritten = false;
  }

  async function writeServices(held: Held): Promise<boolean> {
    await renewServices(held);
    if (servicesWritten) return false;
    await writeMap(paths.services, services);
    servicesWritten = true;
    return true;
  }

  function overlaid(): number {
    return credentials.size + connections.size;
  }

  function metaEntries(held: Held): Entry[] {
    return [
      [sentinel.ready, '1'],
      [sentinel.freshUntil, seconds(freshUntil(held.verifiedAt, null))],
      [sentinel.verifiedAt, seconds(held.verifiedAt)],
      [sentinel.cursor, cursorOf(held)],
    ];
  }

  async function writeMeta(held: Held): Promise<void> {
    // An older one after a power cut only makes the state look older, and the maps be written anew.
    await writeMap(paths.meta, metaEntries(held), false);
  }

  function bulkEntries({ records }: Held): { map: string; entries: Iterable<Entry> }[] {
    return [
      { map: paths.credentials, entries: credentialEntries(records, generation) },
      { map: paths.connections, entries: connectionEntries(records, generation) },
    ];
  }

  function smallEntries(held: Held): { map: string; entries: Iterable<Entry> }[] {
    return [
      ...overlays(),
      { map: paths.services, entries: services },
      { map: paths.meta, entries: metaEntries(held) },
    ];
  }

  return {
    paths,
    generation: () => generation,
    overlaid,
    resume,
    rewrite,
    overlay,
    writeOverlays,
    writeServices,
    metaEntries,
    writeMeta,
    bulkEntries,
    smallEntries,
  };
}

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000));
}

function cursorOf({ envelope }: Held): string {
  return formatCursor({ epoch: envelope.epoch, seq: envelope.to });
}

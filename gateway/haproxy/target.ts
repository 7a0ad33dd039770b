/**
 * HAProxy as the enforcer. Every change goes to the map files first and then to the running process, so that neither a
 * restart of HAProxy nor one of the agent, in any order, brings a removed key back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GatehouseError } from '../../domain/errors.ts';
import type { Failure } from '../../domain/errors.ts';
import type { GatewayLine } from '../../domain/wire/gateway.ts';
import type { Log } from '../log.ts';
import type { Held } from '../state/store.ts';
import type { Target, TargetContext } from '../target.ts';
import { createFeeder } from './feeder.ts';
import { openMaps } from './maps.ts';
import type { OverlayChange } from './maps.ts';
import { compactionDue } from './compaction.ts';
import { createResolver } from './resolver.ts';
import { createRuntimeSocket } from './socket.ts';

export interface HaproxyOptions {
  /** Path of HAProxy's runtime socket. */
  readonly socket: string;
  /** Folder of the maps, as HAProxy's configuration names it. */
  readonly mapsDir: string;
  readonly log: Log;
}

/** How soon a restarted HAProxy is noticed. */
const watchEvery = 500;
/** The sentinels' times reach the disk this often; in HAProxy's memory they are renewed with each poll. */
const writeMetaEvery = 10_000;

export async function createHaproxyTarget(options: HaproxyOptions, context: TargetContext): Promise<Target> {
  const { socket, mapsDir, log } = options;
  const { held, enforced, failed } = context;
  const resolver = createResolver();
  const maps = await openMaps(mapsDir, resolver.resolve);
  const feeder = createFeeder(maps, createRuntimeSocket(socket));
  const stop = new AbortController();
  let queue: Promise<void> = Promise.resolve();
  /** The files are behind the state: they are all written anew. */
  let filesBehind = true;
  let started = false;
  let fed = false;
  let trouble: Failure | null = null;
  let metaWrittenAt = 0;
  let changedAt = 0;

  /** One thing at a time; whatever goes wrong is kept for the health and tried again by the watch. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    queue = queue.then(work).catch(fail);
    return queue;
  }

  function fail(error: unknown): void {
    const next = asFailure(error);
    failed();
    if (next.message !== trouble?.message) log.warn({ failure: next }, 'HAProxy is not up to date');
    trouble = next;
    if (fed) feeder.doubt();
    fed = false;
  }

  async function writeAll(state: Held): Promise<void> {
    const resumed = !started && (await maps.resume(state));
    if (!resumed) await maps.rewrite(state);
    started = true;
    filesBehind = false;
    metaWrittenAt = Date.now();
  }

  /**
   * Brings files and HAProxy to the state that is held now; cheap when they are. A running HAProxy is fed also where
   * there is no room for the files: what was taken away is closed then, but nothing counts as enforced.
   */
  async function catchUp(): Promise<void> {
    const state = held();
    if (!state) return;
    try {
      if (filesBehind) await writeAll(state);
    } catch (error) {
      await feeder.feed(state);
      throw error;
    }
    await feeder.feed(state);
    if (!fed) log.info({ generation: maps.generation() }, 'HAProxy is up to date');
    const news = !fed;
    fed = true;
    trouble = null;
    if (news) enforced();
  }

  /** True where the services' file is another one now. */
  async function writeChanges(
    lines: readonly GatewayLine[],
    changes: readonly OverlayChange[],
    state: Held,
  ): Promise<boolean> {
    filesBehind = true;
    const servicesChanged = lines.some(({ record }) => record.k === 'service')
      ? await maps.writeServices(state)
      : false;
    await maps.writeOverlays(changes);
    await maps.writeMeta(state);
    filesBehind = false;
    metaWrittenAt = changedAt;
    return servicesChanged;
  }

  async function apply(lines: readonly GatewayLine[]): Promise<void> {
    const state = held();
    if (!state) return;
    const changes = maps.overlay(lines);
    changedAt = Date.now();
    try {
      if (filesBehind) feeder.doubt();
      else {
        const servicesChanged = await writeChanges(lines, changes, state);
        if (fed) {
          await feeder.send(changes, state);
          if (servicesChanged) await feeder.sendServices(state);
          enforced();
          return;
        }
      }
    } catch (error) {
      fail(error);
    }
    await catchUp();
  }

  async function refresh(): Promise<void> {
    const state = held();
    if (!state || filesBehind || !fed) return;
    if (Date.now() - metaWrittenAt >= writeMetaEvery) {
      await maps.writeMeta(state);
      metaWrittenAt = Date.now();
    }
    await feeder.send([], state);
  }

  async function tidy(): Promise<void> {
    const state = held();
    if (!state || !fed) return;
    if (resolver.moved() && (await maps.writeServices(state))) await feeder.sendServices(state);
    if (compactionDue(maps.overlaid(), Date.now() - changedAt)) {
      log.info({ entries: maps.overlaid() }, 'moving the overlays into the bulk maps');
      filesBehind = true;
      await catchUp();
    }
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      await delay(watchEvery, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      await inTurn(async () => {
        await catchUp();
        await tidy();
      });
    }
  }

  const watching = watch();

  return {
    load: () =>
      inTurn(async () => {
        filesBehind = true;
        fed = false;
        feeder.doubt();
        await catchUp();
      }),
    apply: (lines) => inTurn(() => apply(lines)),
    refresh: () => inTurn(refresh),
    health: () => ({
      live: fed && !filesBehind,
      detail: trouble?.message ?? (fed ? `HAProxy at ${socket}` : 'waiting for verified state'),
    }),
    async close() {
      stop.abort();
      resolver.close();
      await watching;
      await queue;
    },
  };
}

function asFailure(error: unknown): Failure {
  if (error instanceof GatehouseError) return error.failure;
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  return new GatehouseError('internal', { message }).failure;
}

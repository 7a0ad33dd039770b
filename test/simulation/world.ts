/** The world of one schedule: one database, two servers on it, desks, gateways, a hostile client, a network. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { laidAt, type Base } from './base.ts';
import { createCluster, type Cluster } from './cluster.ts';
import { createDeskNode, type DeskNode } from './desk.ts';
import { createDialling, type Dialling } from './dial.ts';
import { createDice, type Dice } from './dice.ts';
import { createGatewayNode, type GatewayNode } from './gateway.ts';
import { createHttp, type Http } from './http.ts';
import { readCommits } from './log.ts';
import { createNetwork, type Network } from './network.ts';
import type { Ground } from './portal.ts';
import { appoint } from './appoint.ts';
import { quiet } from './quiet.ts';
import { copyRowsOf, emptyRows, putRow } from './rows.ts';
import { ownRows } from './visible.ts';
import { scopeOfAdmin } from '../../sync-server/scopes/scope.ts';
import { setScene, type Scene } from './scene.ts';
import type { ServerNode } from './server.ts';
import type { SignedIn } from './session.ts';
import { createTime, type VirtualTime } from './time.ts';

export interface World extends Pick<Cluster, 'servers' | 'head' | 'announce' | 'takeInternal'> {
  readonly base: Base;
  readonly folder: string;
  readonly time: VirtualTime;
  readonly network: Network;
  readonly dialling: Dialling;
  readonly http: Http;
  /** How far the servers' clocks are off, in milliseconds. */
  readonly serverSkews: number[];
  readonly desks: readonly DeskNode[];
  readonly gateways: readonly GatewayNode[];
  /** An admin who may only look, and does not content himself with that. */
  readonly hostile: SignedIn;
  readonly ground: Ground;
  readonly scene: Scene;
  /** Chance for this schedule. */
  readonly dice: Dice;
  /** Tokens of sessions that were ended: no connection may stand on one. */
  readonly ended: Set<string>;
  /** Connections of nobody in particular. */
  readonly aside: Pool;
  settle(): Promise<void>;
  restartServer(number: number): Promise<void>;
  close(): Promise<void>;
}

function one<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no number ${index}`);
  return found;
}

/** Some have seen all there is to decide about, some come back after a while, some come for the first time. */
async function primeCopies(
  desks: readonly DeskNode[],
  base: Base,
  { deps }: ServerNode,
  dice: Dice,
): Promise<void> {
  const commits = await readCommits(deps.db, base.seq);
  const rows = emptyRows();
  copyRowsOf(base.rows, rows);
  for (const { kind, row } of commits.flatMap((commit) => commit.rows)) putRow(rows, kind, row);
  const seq = commits.at(-1)?.to ?? base.seq;
  for (const { copy, session } of desks) {
    const before = dice.pick(['all', 'all', 'all', 'base', 'nothing'] as const);
    const scope = await scopeOfAdmin(deps.db, session().admin.id);
    if (before === 'nothing') continue;
    if (before === 'all')
      copy.prime(scope.limit ? ownRows(rows, scope.limit.productIds) : rows, seq, scope.name);
    else if (!scope.limit) copy.prime(base.rows, base.seq);
  }
}

/** A world as it is at the beginning of the schedule of this seed, which all its chance comes from. */
export async function createWorld(base: Base, seed: number): Promise<World> {
  const { ground } = base;
  await base.reset();
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simulation-'));
  const time = createTime(laidAt + 60_000);
  const dice = createDice(seed);
  const network: Network = createNetwork(
    () => cluster.servers,
    () => dice,
  );
  const cluster = createCluster({ base, folder, network: () => network, now: () => time.now() });
  const { servers } = cluster;
  const dialling = createDialling(network);
  const http = createHttp(network);
  await cluster.start();
  const first = one(servers, 0);
  const scene = await setScene(first.deps, ground, dice);
  await appoint(first, base.desks.at(-1)?.admin.id ?? '', scene, dice);

  const desks = base.desks.map((signedIn, number) => {
    const random = createDice(seed * base.desks.length + number);
    return createDeskNode({ name: `d${number}`, signedIn, random, time, network, dialling, http });
  });
  await primeCopies(desks, base, first, dice);
  const gateways = base.tokens.map((token, number) => {
    const name = `g${number}`;
    const { id } = one(ground.gateways, number);
    const { publicKey } = base;
    return createGatewayNode({ name, id, token, publicKey, folder: join(folder, name), http, time });
  });
  for (const machine of [...gateways, ...desks]) await machine.start();

  /** Nobody hears of a server that is gone any more. */
  const leave = (server: ServerNode): void => {
    for (const wire of [...dialling.wires]) if (wire.server() === server) wire.breakWhole();
    for (const exchange of [...http.exchanges]) if (exchange.server() === server) exchange.giveUp();
  };

  return {
    ...cluster,
    base,
    folder,
    time,
    network,
    dialling,
    http,
    serverSkews: cluster.skews,
    desks,
    gateways,
    hostile: base.hostile,
    ground,
    scene,
    dice,
    ended: new Set(),
    get aside() {
      return base.pool(servers.length);
    },
    settle: () => quiet(() => [network, ...servers, ...gateways]),
    restartServer: async (number) => {
      leave(one(servers, number));
      await cluster.replace(number);
    },
    close: async () => {
      for (const desk of desks) desk.kill();
      for (const gateway of gateways) await gateway.stop();
      for (const wire of [...dialling.wires]) wire.breakWhole();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A world for many schedules: one database, two servers on it, three desks, two gateways, a hostile client, a network.
 * Each schedule brings rows of its own, so that what earlier ones left behind does not matter to it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestServer } from '../../sync-server/db/testing.ts';
import { createGatewayToken } from '../../sync-server/gateways/tokens.ts';
import { createDeskNode, type DeskNode } from './desk.ts';
import { createDialling, type Dialling } from './dial.ts';
import { createDice, type Dice } from './dice.ts';
import { createGatewayNode, type GatewayNode } from './gateway.ts';
import { createHttp, type Http } from './http.ts';
import { createNetwork, type Network } from './network.ts';
import { layGround, type Ground } from './portal.ts';
import { quiet } from './quiet.ts';
import { startServerNode, type ServerNode } from './server.ts';
import { addAdmin, signIn, type SignedIn } from './session.ts';
import { createTime, type VirtualTime } from './time.ts';

const deskRoles = ['owner', 'reviewer', 'owner'] as const;
const serverCount = 2;
const gatewayCount = 2;

export interface World {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly dialling: Dialling;
  readonly http: Http;
  /** Both of them; one that crashed is replaced in place. */
  readonly servers: readonly ServerNode[];
  /** How far the servers' clocks are off, in milliseconds. */
  readonly serverSkews: number[];
  readonly desks: readonly DeskNode[];
  readonly gateways: readonly GatewayNode[];
  /** An admin who may only look, and does not content himself with that. */
  hostile: SignedIn;
  readonly ground: Ground;
  /** The end of the log. */
  head(): number;
  /** What servers took for faults of their own since the last call. */
  takeInternal(): string[];
  /** Chance for the schedule that runs now. */
  readonly dice: Dice;
  /** Makes all as it was at the beginning, but for what is stored; chance comes from this seed from now on. */
  begin(seed: number): Promise<void>;
  settle(): Promise<void>;
  restartServer(number: number): Promise<void>;
  close(): Promise<void>;
}

function one<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no number ${index}`);
  return found;
}

export async function createWorld(given: TestServer): Promise<World> {
  const database = await createTestDatabase(given);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simulation-'));
  const time = createTime(Date.UTC(2026, 5, 1));
  const servers: ServerNode[] = [];
  const serverSkews = Array.from({ length: serverCount }, () => 0);
  const internal: string[] = [];
  let dice = createDice(0);
  const network = createNetwork(
    () => servers,
    () => dice,
  );
  const dialling = createDialling(network);
  const http = createHttp(network);

  /** Each server has readings of its own, so that a moment names a commit. */
  let readings = 0;
  let head = 0;
  const startServer = async (number: number): Promise<ServerNode> => {
    const others = network.open(`s${number}`, () => null);
    return startServerNode({
      number,
      database,
      dataDir: join(folder, `server-${number}`),
      clock: () => time.now() + (serverSkews[number] ?? 0) + readings++ * serverCount + number,
      committed: (seq) => {
        head = Math.max(head, seq);
        others.queue.push({
          what: `commit ${seq}`,
          lose: () => undefined,
          arrive: () => {
            for (const server of servers) if (server.number !== number) server.wake.notify(seq);
          },
        });
      },
      onInternal: (line) => void internal.push(line),
    });
  };
  for (let number = 0; number < serverCount; number++) servers.push(await startServer(number));

  const { deps } = one(servers, 0);
  const ground = await layGround(deps, gatewayCount);
  const desks: DeskNode[] = [];
  for (const [number, role] of deskRoles.entries()) {
    const name = `d${number}`;
    const signedIn = await signIn(deps, await addAdmin(deps, `${name}-${role}`, role));
    desks.push(createDeskNode({ name, signedIn, time, network, dialling, http }));
  }
  const gateways: GatewayNode[] = [];
  for (const [number, { id }] of ground.gateways.entries()) {
    const { fingerprint, publicKey } = deps.key;
    const token = await createGatewayToken(deps, { gateway: id, fingerprint });
    const name = `g${number}`;
    gateways.push(createGatewayNode({ name, id, token, publicKey, folder: join(folder, name), http, time }));
  }
  const hostile = await signIn(deps, await addAdmin(deps, 'hostile', 'viewer'));
  for (const gateway of gateways) await gateway.start();

  const world: World = {
    time,
    network,
    dialling,
    http,
    servers,
    serverSkews,
    desks,
    gateways,
    hostile,
    ground,
    head: () => head,
    get dice() {
      return dice;
    },
    takeInternal: () => internal.splice(0),
    begin: async (seed) => {
      dice = createDice(seed);
      readings = 0;
      serverSkews.fill(0);
      network.heal();
      network.drop(({ client }) => client.startsWith('d'));
      for (const [number, desk] of desks.entries()) await desk.refresh(seed * desks.length + number);
      world.hostile = await signIn(one(servers, 0).deps, hostile.admin.id, hostile.device);
    },
    settle: () => quiet(() => [network, ...servers, ...gateways]),
    restartServer: async (number) => {
      const old = one(servers, number);
      for (const wire of [...dialling.wires]) if (wire.server() === old) wire.breakWhole();
      for (const exchange of [...http.exchanges]) if (exchange.server() === old) exchange.giveUp();
      await old.close();
      servers[number] = await startServer(number);
    },
    close: async () => {
      for (const desk of desks) desk.kill();
      for (const gateway of gateways) await gateway.stop();
      for (const wire of [...dialling.wires]) wire.breakWhole();
      for (const server of servers) await server.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/**
 * A desk: the real journal, decisions, sync and outbox over a disk, a copy, a clock and a network that the schedule moves.
 * It can be killed at any moment and started again on what it left.
 */
import type { AdminIdentity } from '../../domain/wire/admin.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Profile } from '../../main/core/session/profile.ts';
import { openWorkspace, type Workspace } from '../../main/core/workspace.ts';
import type { Dialling } from './dial.ts';
import type { Dice } from './dice.ts';
import { createMemoryDisk, type MemoryDisk } from './disk.ts';
import type { Http } from './http.ts';
import type { Network } from './network.ts';
import { createMemoryCopy, type MemoryCopy } from './replica.ts';
import { publicUrl } from './server.ts';
import { signIn, type SignedIn } from './session.ts';
import type { VirtualTime } from './time.ts';

/** Milliseconds that opening decisions rest. */
const hold = 2_000;

export interface DeskNode {
  readonly name: string;
  readonly disk: MemoryDisk;
  readonly copy: MemoryCopy;
  readonly session: () => SignedIn;
  /** How far its clock is off, in milliseconds. */
  skew: number;
  /** Null while it is not running. */
  running(): Workspace | null;
  start(): Promise<void>;
  /** The process is gone from one moment to the next. */
  kill(): void;
  /** So is the power. */
  losePower(dice: Dice): void;
  stop(): Promise<void>;
}

export interface DeskNeeds {
  readonly name: string;
  readonly signedIn: SignedIn;
  /** Its own chance. */
  readonly random: Dice;
  readonly time: VirtualTime;
  readonly network: Network;
  readonly dialling: Dialling;
  readonly http: Http;
}

function profileOf(admin: AdminIdentity, device: () => string): Profile {
  let epoch = 0;
  return {
    get data() {
      return { server: publicUrl, admin, devices: { [admin.id]: device() }, epoch };
    },
    device,
    change: async (part) => {
      epoch = part.epoch ?? epoch;
    },
  };
}

export function createDeskNode(needs: DeskNeeds): DeskNode {
  const { name, random, time, network, dialling, http } = needs;
  const disk = createMemoryDisk();
  const copy = createMemoryCopy();
  let { signedIn } = needs;
  let workspace: Workspace | null = null;
  let life = 0;
  const profile = profileOf(signedIn.admin, () => signedIn.device);

  const renew = async (): Promise<string> => {
    const server = network.route(name);
    if (!server) throw new GatehouseError('offline');
    signedIn = await signIn(server.deps, signedIn.admin.id, signedIn.device);
    return signedIn.token;
  };

  const start = async (): Promise<void> => {
    const mine = ++life;
    const alive = (): boolean => life === mine;
    const opened = await openWorkspace(
      {
        journalDisk: () => disk,
        server: publicUrl,
        hold,
        clock: time.clock(() => node.skew, alive),
        random: (count) => random.bytes(count),
        replica: copy.port(alive),
        profile,
        tokens: { current: async () => signedIn.token, renew },
        transport: {
          dial: dialling.dial(name, alive),
          dispatcher: () => http.dispatcher(name, alive),
        },
        onRows: () => undefined,
        onOutbox: () => undefined,
        onStatus: () => undefined,
        onDeviceRevoked: async () => undefined,
      },
      signedIn.admin,
    );
    workspace = opened;
    await opened.connect();
  };

  /** What its peers see: its connections end, and nobody is there any more for what is on its way. */
  const vanish = (): void => {
    life++;
    workspace = null;
    for (const wire of [...dialling.wires]) if (wire.client === name) wire.breakAtClient();
    for (const exchange of [...http.exchanges]) if (exchange.client === name) exchange.giveUp();
  };

  const node: DeskNode = {
    name,
    disk,
    copy,
    session: () => signedIn,
    skew: 0,
    running: () => workspace,
    start,
    kill: vanish,
    losePower: (dice) => {
      vanish();
      disk.losePower(dice);
    },
    stop: async () => {
      const closing = workspace;
      await closing?.close();
      vanish();
    },
  };
  return node;
}

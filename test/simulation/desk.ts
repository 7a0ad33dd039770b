/**
 * A desk: the real journal, decisions, sync and outbox over a disk, a copy, a clock and a network that the schedule moves.
 * It can be killed at any moment and started again on what it left.
 */
import type { AdminIdentity } from '../../domain/wire/admin.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Profile } from '../../main/core/session/profile.ts';
import type { AppDeps } from '../../sync-server/app.ts';
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
  /** All that it was: where one is removed, it becomes another. */
  readonly devices: ReadonlySet<string>;
  /** Whether the admin has to sign in again. */
  readonly signedOut: () => boolean;
  /** The admin signs in at a server: on the device that the desk had, or on a new one where that was removed. */
  signIn(deps: AppDeps): Promise<void>;
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

function profileOf(admin: () => AdminIdentity, device: () => string | null): Profile {
  let epoch = 0;
  return {
    get data() {
      const known = device();
      const devices = known === null ? {} : { [admin().id]: known };
      return { server: publicUrl, admin: admin(), devices, epoch };
    },
    device,
    change: async (part) => {
      epoch = part.epoch ?? epoch;
    },
  };
}

/** What a server says to somebody who is not let in; all else is a fault. */
const refusals = ['unauthenticated', 'device_revoked', 'device_foreign'];

function refused(error: unknown): null {
  if (error instanceof GatehouseError && refusals.includes(error.code)) return null;
  throw error;
}

/** As at a desk: one whose device is not known, or not any more, becomes a new one. */
async function enrolAnew(deps: AppDeps, { admin, device }: SignedIn, removed: boolean): Promise<SignedIn> {
  const same = removed ? null : await signIn(deps, admin.id, device).catch(refused);
  return same ?? signIn(deps, admin.id);
}

export function createDeskNode(needs: DeskNeeds): DeskNode {
  const { name, random, time, network, dialling, http } = needs;
  const disk = createMemoryDisk();
  const copy = createMemoryCopy();
  let { signedIn } = needs;
  const devices = new Set([signedIn.device]);
  let workspace: Workspace | null = null;
  let life = 0;
  let out = false;
  let removed = false;
  const profile = profileOf(
    () => signedIn.admin,
    () => (removed ? null : signedIn.device),
  );

  /** Null where the admin has to prove anew who they are. */
  const renew = async (): Promise<string | null> => {
    const server = network.route(name);
    if (!server) throw new GatehouseError('offline');
    const again = await signIn(server.deps, signedIn.admin.id, signedIn.device).catch(refused);
    out = again === null;
    signedIn = again ?? signedIn;
    return again?.token ?? null;
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
        tokens: { current: async () => (out ? null : signedIn.token), renew },
        transport: {
          dial: dialling.dial(name, alive),
          dispatcher: () => http.dispatcher(name, alive),
        },
        onRows: () => undefined,
        onOutbox: () => undefined,
        onStatus: () => undefined,
        onDeviceRevoked: async () => {
          removed = true;
          out = true;
        },
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
    devices,
    signedOut: () => out,
    signIn: async (deps) => {
      signedIn = await enrolAnew(deps, signedIn, removed);
      devices.add(signedIn.device);
      removed = false;
      out = false;
      await workspace?.connect();
    },
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

/**
 * The desk without pages: a data folder, a server, and the handler table that a host serves. Everything that was
 * decided survives whatever ends this process; everything else can be fetched again.
 */
import { realpath } from 'node:fs/promises';
import type { DeskHandlers, DeskOutputs } from '../../domain/desk/api.ts';
import type { Session } from '../../domain/desk/rows.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { adminPaths } from '../../domain/wire/admin.ts';
import { changes, eventSource, gather, type EventSource } from './events.ts';
import { privateFolder } from './files.ts';
import { currentStatus, handlerTable, type TableNeeds } from './handlers/table.ts';
import { fileDisk } from './journal/disk.ts';
import { journalPath } from './journal/journal.ts';
import { hold as holdFolder } from './lock.ts';
import type { Clock, Random } from './ports.ts';
import type { Launch } from './replica/port.ts';
import { replicaIn } from './replica/replica.ts';
import { serial } from './serial.ts';
import { openProfile } from './session/profile.ts';
import type { SecretStore } from './session/secrets.ts';
import { beginSignIn, type SignedIn, type SignIn } from './session/signin.ts';
import { tokenStore } from './session/tokens.ts';
import { systemTransport } from './sync/transport.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

export interface DeskNeeds {
  /** Made where it is missing, 0700. */
  readonly dataDir: string;
  /** The server's origin, e.g. `http://localhost:4000`. */
  readonly server: string;
  /** Milliseconds that a decision rests before it leaves; 0 is allowed. */
  readonly hold: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: SecretStore;
  /** Starts the process that owns PGlite. */
  readonly launch: Launch;
  /** Shows an address to the admin; false where it cannot. */
  readonly openBrowser: (url: string) => Promise<boolean>;
  readonly deviceName: string;
  /** Names the present boot of the machine; as the machine says where it is left out. */
  readonly boot?: string;
}

export interface OpenDesk {
  readonly handlers: DeskHandlers;
  readonly events: EventSource;
  /** Closes the copy in order and lets go of the folder. */
  close(): Promise<void>;
}

/** How long a sign-out waits for the last answers, in milliseconds. */
const farewell = 10_000;

/** Opens the desk. Throws `folder_in_use` where another one has the folder, `journal_damaged` where that is so. */
export async function openDesk(needs: DeskNeeds): Promise<OpenDesk> {
  const { server, clock } = needs;
  await privateFolder(needs.dataDir);
  const dataDir = await realpath(needs.dataDir);
  const lock = await holdFolder(dataDir, 'desk');
  try {
    return await assemble({ ...needs, server: new URL(server).origin, clock, dataDir }, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function assemble(needs: DeskNeeds, release: () => Promise<void>): Promise<OpenDesk> {
  const { dataDir, server, clock, random, secrets } = needs;
  const profile = await openProfile(dataDir, server);
  const replica = replicaIn(dataDir, needs.launch, needs.boot ?? null);
  const events = eventSource();
  const changed = changes();
  const inTurn = serial();
  let workspace: Workspace | null = null;
  let signIn: SignIn | null = null;

  const tokens = tokenStore({
    server,
    clock,
    secrets,
    account: () => `${server} ${profile.data.admin?.id ?? ''}`,
    onRenewed: async (admin) => {
      if (profile.data.admin?.id !== admin.id) return;
      await profile.change({ admin });
      tellSession();
    },
    onLost: () => tellSession(),
  });

  const session = (): Session => ({
    server,
    signedIn: tokens.signedIn,
    admin: profile.data.admin,
    secrets: secrets.kind,
    signingIn: signIn !== null,
  });
  const tellSession = (): void => events.emit('session', session());
  const status = gather(clock, () => {
    currentStatus(table).then(
      (now) => events.emit('status', now),
      () => undefined,
    );
  });
  const rows = gather(clock, () => events.emit('changed', changed.take()));

  const open = async (): Promise<void> => {
    const { admin } = profile.data;
    if (!admin || profile.device() === null) return;
    workspace = await openWorkspace(
      {
        ...needs,
        journalDisk: (owner) => fileDisk(journalPath(dataDir, owner)),
        transport: systemTransport,
        replica,
        profile,
        tokens,
        onRows: (kinds) => {
          changed.rows(kinds);
          rows.request();
          status.request();
        },
        onOutbox: () => {
          changed.outbox();
          rows.request();
          status.request();
        },
        onStatus: () => status.request(),
        onDeviceRevoked: async () => {
          const { [admin.id]: _gone, ...devices } = profile.data.devices;
          await tokens.forget();
          await profile.change({ devices });
          tellSession();
        },
      },
      admin,
    );
    await workspace.connect();
  };

  const shut = async (): Promise<void> => {
    const closing = workspace;
    workspace = null;
    await closing?.close();
  };

  const signedIn = async ({ admin, device, tokens: fresh }: SignedIn): Promise<void> => {
    const same = workspace?.admin.id === admin.id;
    if (!same) {
      await shut();
      await tokens.forget();
    }
    await profile.change({ admin, devices: { ...profile.data.devices, [admin.id]: device } });
    await tokens.keep(fresh);
    await (workspace ? workspace.connect() : open());
    tellSession();
    status.request();
  };

  const beginSession = async (): Promise<DeskOutputs['session.signIn']> => {
    signIn ??= await beginSignIn({
      server,
      clock,
      random,
      deviceName: needs.deviceName,
      deviceOf: (admin) => profile.data.devices[admin] ?? null,
      onSignedIn: (result) => inTurn(() => signedIn(result)),
      onOver: () => {
        signIn = null;
        tellSession();
      },
    });
    tellSession();
    return { url: signIn.url, opened: await needs.openBrowser(signIn.url) };
  };

  const openAccount = async (): Promise<DeskOutputs['session.account']> => {
    const url = new URL(adminPaths.account, server).href;
    return { url, opened: await needs.openBrowser(url) };
  };

  const endSession = async (
    undelivered: 'send' | 'keep' | 'discard',
  ): Promise<DeskOutputs['session.signOut']> => {
    if (!workspace) throw new GatehouseError('signed_out');
    const { journal, decisions } = workspace;
    const before = journal.unanswered.size;
    if (undelivered === 'send') {
      await workspace.deliver(farewell);
      if (journal.unanswered.size > 0) throw new GatehouseError('undelivered');
    }
    const discarded = undelivered === 'discard' ? await decisions.discard() : 0;
    const kept = undelivered === 'keep' ? journal.unanswered.size : 0;
    await shut();
    await tokens.end();
    await profile.change({ admin: null });
    await replica.close(false);
    tellSession();
    changed.outbox();
    rows.request();
    status.request();
    return { delivered: before - discarded - kept, kept, discarded };
  };

  const table: TableNeeds = {
    clock,
    replica,
    workspace: () => workspace,
    session,
    signIn: () => inTurn(beginSession),
    openAccount,
    signOut: (undelivered) => inTurn(() => endSession(undelivered)),
  };

  if (profile.data.admin) await tokens.restore();
  await open();
  // Seconds, once: long before anybody has signed in.
  if (!workspace) replica.prepare().catch(() => undefined);

  return {
    handlers: handlerTable(table),
    events,
    close: async () => {
      signIn?.cancel();
      status.stop();
      rows.stop();
      await inTurn(shut);
      await replica.close(true).catch(() => undefined);
      replica.stop();
      await release();
    },
  };
}

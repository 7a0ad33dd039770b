/**
 * One admin's work on this desk: journal, copy, decisions and, while signed in, the sync client. Nothing of it is
 * another admin's: who signs in next gets a workspace of their own.
 */
import type { SyncState } from '../../domain/desk/rows.ts';
import type { EntityKind } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { AdminIdentity } from '../../domain/wire/admin.ts';
import { encodeReport } from '../../domain/wire/desk-report.ts';
import { decisionsOf, type Decisions } from './decisions/decisions.ts';
import { idMaker } from './decisions/ids.ts';
import { watchReleases } from './decisions/releases.ts';
import type { JournalDisk } from './journal/disk.ts';
import { openJournal, type Journal, type JournalOwner } from './journal/journal.ts';
import { isoTime, type Clock, type Random } from './ports.ts';
import { searchFiller } from './replica/filler.ts';
import type { Replica } from './replica/replica.ts';
import type { Profile } from './session/profile.ts';
import { startSync, type Sync, type Tokens } from './sync/sync.ts';
import type { Transport } from './sync/transport.ts';

export interface WorkspaceNeeds {
  /** Where journals are, by owner. */
  readonly journalDisk: (owner: JournalOwner) => JournalDisk;
  readonly server: string;
  readonly hold: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly replica: Replica;
  readonly profile: Profile;
  readonly tokens: Tokens;
  readonly transport: Transport;
  onRows(kinds: readonly EntityKind[]): void;
  onOutbox(): void;
  onStatus(): void;
  /** The server removed this device; its session is over. */
  onDeviceRevoked(): Promise<void>;
}

export interface Workspace {
  readonly admin: AdminIdentity;
  readonly journal: Journal;
  readonly decisions: Decisions;
  readonly sync: SyncState;
  readonly searchable: boolean;
  /** Starts, or starts again, to connect. */
  connect(): Promise<void>;
  /** Ends all holds and sends; resolves when all is answered or `patience` milliseconds are over. */
  deliver(patience: number): Promise<void>;
  /** Stops; the copy stays open for its owner. */
  close(): Promise<void>;
}

export function copyOwner(server: string, admin: string): string {
  return `${server} ${admin}`;
}

export async function openWorkspace(needs: WorkspaceNeeds, admin: AdminIdentity): Promise<Workspace> {
  const { clock, random, replica, profile, server } = needs;
  const owner = { server, admin: admin.id };
  const journal = await openJournal(needs.journalDisk(owner), owner, clock.now());
  const filler = searchFiller(replica);
  const standing = await replica.open(copyOwner(server, admin.id)).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  filler.start(standing);

  let state: SyncState = { state: 'offline', since: isoTime(clock.now()), why: null };
  let sync: Sync | null = null;
  let holdsEnded = false;
  let onAnswer = (): void => undefined;

  const decisions = decisionsOf({
    replica,
    journal,
    clock,
    newId: idMaker(clock, random),
    hold: needs.hold,
    device: () => {
      const device = profile.device();
      if (device === null) throw new GatehouseError('signed_out');
      return device;
    },
    rights: () => profile.data.admin ?? admin,
  });
  const releases = watchReleases(journal, clock, () => {
    sync?.poke();
    needs.onOutbox();
  });
  const setState = (next: SyncState): void => {
    state = next;
    // The clock may have been set while nobody looked.
    if (next.state === 'synced') releases.refresh();
    needs.onStatus();
  };

  /**
   * The device was removed. What never left will not be decided. What is on its way may have been, before that: the server
   * says so once the admin is back as another device.
   */
  const refuseUnsent = async (): Promise<void> => {
    const committedAt = isoTime(clock.now());
    const unsent = [...journal.unanswered.values()].filter(({ sent }) => !sent);
    await decisions.answered(
      unsent.map(({ intent }) => ({
        intent: intent.id,
        kind: 'refused',
        code: 'device_revoked',
        action: intent.action,
        state: null,
        revisions: {},
        decision: null,
        committedAt,
      })),
    );
    needs.onOutbox();
    await needs.onDeviceRevoked();
  };

  const connect = async (): Promise<void> => {
    await sync?.stop();
    sync = startSync({
      server,
      clock,
      random,
      tokens: needs.tokens,
      transport: needs.transport,
      replica,
      decisions,
      epoch: {
        get: () => profile.data.epoch,
        raise: (epoch) => void profile.change({ epoch }).catch(() => undefined),
      },
      report: () => encodeReport(journal.syncTimes()),
      holdsEnded: () => holdsEnded,
      onState: setState,
      onEntities: (kinds) => needs.onRows(kinds),
      onOutcomes: () => {
        releases.refresh();
        needs.onOutbox();
        onAnswer();
      },
      onSnapshot: (standing) => filler.start(standing),
      onDeviceRevoked: refuseUnsent,
    });
  };

  const deliver = async (patience: number): Promise<void> => {
    holdsEnded = true;
    try {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (journal.unanswered.size === 0) resolve();
        };
        const cancel = clock.after(patience, resolve);
        onAnswer = () => {
          look();
          if (journal.unanswered.size === 0) cancel();
        };
        sync?.poke();
        look();
      });
    } finally {
      holdsEnded = false;
      onAnswer = () => undefined;
    }
  };

  return {
    admin,
    journal,
    decisions: {
      ...decisions,
      decide: async (input) => noticed(await decisions.decide(input)),
      undo: async (batch) => noticed(await decisions.undo(batch)),
      resolve: async (input) => noticed(await decisions.resolve(input)),
      discard: async () => noticed(await decisions.discard()),
    },
    get sync() {
      return state;
    },
    get searchable() {
      return filler.searchable;
    },
    connect,
    deliver,
    close: async () => {
      releases.stop();
      filler.stop();
      await sync?.stop();
      await journal.close();
    },
  };

  /** After the journal changed by the admin's hand: shown at once, and sent where it need not rest. */
  function noticed<T>(result: T): T {
    releases.refresh();
    sync?.poke();
    needs.onOutbox();
    return result;
  }
}

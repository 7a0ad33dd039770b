/** The one handler table that both hosts serve. A call without a handler does not compile. */
import type { DeskHandlers, DeskOutputs } from '../../../domain/desk/api.ts';
import type { Session } from '../../../domain/desk/rows.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { emptyState } from '../journal/state.ts';
import type { Clock } from '../ports.ts';
import type { ReplicaReader } from '../replica/replica.ts';
import type { Workspace } from '../workspace.ts';
import { answer } from './answer.ts';
import { requestDetail } from './detail.ts';
import { attentionList, outboxList, statusOf } from './outbox.ts';
import { queueCounts, queuePage, queueSelect, rowCount, type QueueNeeds } from './queue.ts';

export interface TableNeeds {
  readonly clock: Clock;
  readonly replica: ReplicaReader;
  /** Null while nobody works here: never signed in, or signed out. */
  readonly workspace: () => Workspace | null;
  readonly session: () => Session;
  readonly signIn: () => Promise<DeskOutputs['session.signIn']>;
  readonly openAccount: () => Promise<DeskOutputs['session.account']>;
  readonly signOut: (undelivered: 'send' | 'keep' | 'discard') => Promise<DeskOutputs['session.signOut']>;
}

const nothing = emptyState();

export async function currentStatus({
  workspace,
  clock,
  replica,
}: TableNeeds): Promise<DeskOutputs['status.get']> {
  const open = workspace();
  if (!open) return statusOf({ state: 'signed-out' }, nothing, clock.now(), 0);
  const status = statusOf(open.sync, open.journal, clock.now(), await rowCount(replica));
  return { ...status, journalSync: open.journal.syncTimes() };
}

export function handlerTable(needs: TableNeeds): DeskHandlers {
  const { clock, replica } = needs;

  const working = (): Workspace => {
    const open = needs.workspace();
    if (!open) throw new GatehouseError('signed_out');
    return open;
  };
  const queue = ({ journal, searchable }: Workspace): QueueNeeds => ({
    replica,
    journal,
    now: clock.now(),
    indexed: searchable,
  });
  /** Without a workspace there is nothing to show, which is no failure. */
  const shown = <T>(empty: T, work: (open: Workspace) => Promise<T>) =>
    answer(async () => {
      const open = needs.workspace();
      return open ? work(open) : empty;
    });

  return {
    'session.get': () => answer(async () => needs.session()),
    'session.signIn': () => answer(() => needs.signIn()),
    'session.account': () => answer(() => needs.openAccount()),
    'session.signOut': ({ undelivered }) => answer(() => needs.signOut(undelivered)),
    'status.get': () => answer(() => currentStatus(needs)),
    'queue.page': (input) => shown({ rows: [], next: null }, (open) => queuePage(queue(open), input)),
    'queue.counts': () =>
      shown({ byKind: { developer: {}, application: {}, registration: {} }, attention: 0 }, (open) =>
        queueCounts(queue(open)),
      ),
    'queue.select': (input) => shown({ refs: [], capped: false }, (open) => queueSelect(queue(open), input)),
    'request.get': (ref) =>
      shown(null, (open) =>
        requestDetail({ ...queue(open), role: needs.session().admin?.role ?? null }, ref),
      ),
    decide: (input) => answer(() => working().decisions.decide(input)),
    undo: ({ batch }) => answer(() => working().decisions.undo(batch)),
    'outbox.list': () =>
      shown({ entries: [], total: 0 }, async ({ journal }) => outboxList(journal, clock.now())),
    'attention.list': () =>
      shown({ entries: [], total: 0 }, ({ journal }) => attentionList(journal, replica)),
    'attention.resolve': (input) => answer(() => working().decisions.resolve(input)),
  };
}

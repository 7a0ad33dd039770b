/** A desk in memory, for development without a core and for tests of the pages. It follows the domain's state machine. */
import { effectiveAccess } from '../../../domain/access.ts';
import type {
  Desk,
  DeskCall,
  DeskEvent,
  DeskEvents,
  DeskHandlers,
  DeskInput,
  DeskOutputs,
  QueueFilter,
} from '../../../domain/desk/api.ts';
import type {
  AttentionEntry,
  Detail,
  OutboxEntry,
  QueueRow,
  RequestRef,
  Session,
  Status,
} from '../../../domain/desk/rows.ts';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { failure, type Result } from '../../../domain/errors.ts';
import type { Target } from '../../../domain/intents.ts';
import { legalActions, nextState, requestKinds, type TargetState } from '../../../domain/states.ts';
import type { FakeOptions } from './fake-options.ts';
import { portalId, productOf, rowsOf, seedPortal, strategyId, type Seed } from './seed.ts';

export interface FakeDesk extends Desk {
  /** Every call so far, for tests. */
  readonly calls: readonly { readonly call: DeskCall; readonly input: unknown }[];
  /** `why` it is offline, where waiting will not mend it. */
  setOnline(online: boolean, why?: ErrorCode): void;
  /** The session ends by itself, or somebody is signed in again. */
  setEnded(ended: boolean): void;
  /** Carries out what is held and waiting, as the server would. */
  deliver(): void;
  /** A new request arrives at the top. */
  arrive(title: string): void;
  /** The next call of this name fails. */
  failNext(call: DeskCall, code: ErrorCode): void;
}

type Entity = ReturnType<typeof rowsOf>[number];

export function createFakeDesk(options: FakeOptions = {}): FakeDesk {
  const now = options.now ?? Date.now;
  const hold = options.holdMs ?? 10_000;
  const seed: Seed = seedPortal(options.size ?? 12, now());
  const listeners: Record<DeskEvent, Set<(payload: never) => void>> = {
    session: new Set(),
    status: new Set(),
    changed: new Set(),
  };
  const calls: { call: DeskCall; input: unknown }[] = [];
  const failing = new Map<DeskCall, ErrorCode>();
  const syncedAt = iso(now());
  let online = options.online ?? true;
  let why: ErrorCode | null = null;
  let signedIn = options.signedIn ?? true;
  let ended = false;
  let outbox: OutboxEntry[] = [];
  let attention: AttentionEntry[] = [];

  function iso(milliseconds: number): string {
    return new Date(milliseconds).toISOString();
  }

  function emit<E extends DeskEvent>(event: E, payload: DeskEvents[E]): void {
    for (const listener of listeners[event]) (listener as (payload: DeskEvents[E]) => void)(payload);
  }

  function changed(): void {
    emit('status', status());
    emit('changed', { entities: [...requestKinds], outbox: true });
  }

  function session(): Session {
    const admin = {
      id: portalId,
      name: 'Robin Vale',
      email: 'robin@gatehouse.example',
      role: options.role ?? ('owner' as const),
    };
    return {
      server: 'https://portal.gatehouse.example',
      signedIn,
      admin: signedIn ? admin : null,
      secrets: options.secrets ?? 'keychain',
      signingIn: false,
    };
  }

  function phases(phase: OutboxEntry['phase']): number {
    return outbox.filter((entry) => entry.phase === phase).length;
  }

  function status(): Status {
    const held = outbox.filter((entry) => entry.phase === 'held' && Date.parse(entry.releaseAt) > now());
    const newest = held.at(-1);
    return {
      sync: ended
        ? { state: 'signed-out' }
        : online
          ? { state: 'synced', at: syncedAt }
          : { state: 'offline', since: syncedAt, why: why && failure(why) },
      held: phases('held'),
      waiting: phases('waiting'),
      sent: phases('sent'),
      attention: attention.length,
      undo: newest
        ? {
            batch: newest.batch,
            action: newest.action,
            count: held.filter((entry) => entry.batch === newest.batch).length,
            until: newest.releaseAt,
          }
        : null,
      rows: requestKinds.length * seed.developers.length,
    };
  }

  function titleOf(kind: QueueRow['kind'], row: Entity): string {
    if (kind !== 'registration') return 'name' in row ? row.name : '';
    const application = seed.applications.find(
      (one) => 'applicationId' in row && one.id === row.applicationId,
    );
    return `${application?.name ?? ''} → ${'versionId' in row ? productOf(row.versionId) : ''}`;
  }

  function rowOf(kind: QueueRow['kind'], row: Entity): QueueRow {
    const entry = outbox.findLast((one) => one.id === row.id);
    const flag = attention.find((one) => one.target.id === row.id);
    const developer = 'developerId' in row ? seed.developers.find((one) => one.id === row.developerId) : null;
    return {
      kind,
      id: row.id,
      portalId,
      portal: 'Partners',
      state: row.state,
      revision: row.revision,
      title: titleOf(kind, row),
      subtitle: 'email' in row ? row.email : (developer?.name ?? ''),
      createdAt: row.createdAt,
      pending: entry
        ? { intent: entry.intent, batch: entry.batch, action: entry.action, phase: entry.phase }
        : null,
      attention: flag ? { intent: flag.intent, kind: flag.kind } : null,
    };
  }

  function matching({ kinds, states, search }: QueueFilter): QueueRow[] {
    const wanted = search.toLowerCase();
    return requestKinds
      .filter((kind) => kinds.length === 0 || kinds.includes(kind))
      .flatMap((kind) => rowsOf(seed, kind).map((row) => rowOf(kind, row)))
      .filter((row) => states.length === 0 || states.includes(row.state))
      .filter((row) => `${row.title} ${row.subtitle}`.toLowerCase().includes(wanted))
      .sort((a, b) =>
        a.createdAt === b.createdAt ? (a.id < b.id ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1,
      );
  }

  function find(target: Target): { state: TargetState } | undefined {
    if (target.kind === 'credential') return seed.credentials.find((row) => row.id === target.id);
    return rowsOf(seed, target.kind).find((row) => row.id === target.id);
  }

  function detail({ kind, id }: RequestRef): Detail | null {
    const entity = rowsOf(seed, kind).find((row) => row.id === id);
    if (!entity) return null;
    const developerId = 'developerId' in entity ? entity.developerId : entity.id;
    const developer = seed.developers.find((row) => row.id === developerId) ?? null;
    const mine = seed.applications.filter((row) => row.developerId === developerId);
    const application = kind === 'developer' ? null : (mine[0] ?? null);
    const credentials = application
      ? seed.credentials.filter((row) => row.applicationId === application.id)
      : [];
    const registrations = seed.registrations.filter((row) => row.developerId === developerId);
    return {
      row: rowOf(kind, entity),
      developer,
      application,
      connections: registrations.map((registration) => ({
        registration,
        product: productOf(registration.versionId).split(' ')[0] ?? '',
        version: productOf(registration.versionId).split(' ')[1] ?? '',
        strategy: 'key-auth',
        access: effectiveAccess({
          developer,
          application: mine[0] ?? null,
          credential: seed.credentials.find((row) => row.applicationId === mine[0]?.id) ?? null,
          registration,
          publication: { live: true, strategyId },
          linked: true,
          now: iso(now()),
        }),
      })),
      credentials,
      siblings: [
        ...(kind === 'developer' || !developer ? [] : [rowOf('developer', developer)]),
        ...(kind === 'application' ? [] : mine.map((row) => rowOf('application', row))),
        ...(kind === 'registration' ? [] : registrations.map((row) => rowOf('registration', row))),
      ],
      timeline: [
        ...(entity.decidedAt
          ? [{ at: entity.decidedAt, who: entity.decidedBy ?? '', what: entity.state, reason: entity.reason }]
          : []),
        { at: entity.createdAt, who: 'the developer', what: 'asked', reason: null },
      ],
      actions: options.role === 'viewer' ? [] : legalActions(kind, entity.state),
    };
  }

  function decide({ action, targets, reason }: DeskInput<'decide'>): DeskOutputs['decide'] {
    const batch = crypto.randomUUID();
    const releaseAt = iso(action === 'revoke' ? now() : now() + hold);
    const skipped: { id: string; code: string }[] = [];
    let withdrawn = 0;
    for (const { kind, id } of targets) {
      const row = find({ kind, id });
      if (!row || nextState(kind, row.state, action) === null) {
        skipped.push({ id, code: row ? 'already_decided' : 'target_gone' });
        continue;
      }
      const before = outbox.length;
      outbox = outbox.filter((entry) => entry.id !== id);
      withdrawn += before - outbox.length;
      const title =
        kind === 'credential'
          ? 'Key'
          : titleOf(kind, rowsOf(seed, kind).find((one) => one.id === id) as Entity);
      outbox.push({
        intent: crypto.randomUUID(),
        batch,
        action,
        kind,
        id,
        title,
        reason,
        phase: 'held',
        decidedAt: iso(now()),
        releaseAt,
      });
    }
    return { batch, recorded: targets.length - skipped.length, withdrawn, skipped, releaseAt };
  }

  function apply(entry: OutboxEntry): void {
    const row = find(entry);
    const to = row && nextState(entry.kind, row.state, entry.action);
    if (row && to && to !== 'deleted') row.state = to;
    if (to !== 'deleted' || entry.kind === 'credential') return;
    const rows = rowsOf(seed, entry.kind);
    rows.splice(
      rows.findIndex((one) => one.id === entry.id),
      1,
    );
  }

  const good = <T>(value: T): Result<T> => ({ ok: true, value });

  const handlers: DeskHandlers = {
    'session.get': async () => good(session()),
    'session.signIn': async () => {
      const opened = options.opens ?? true;
      if (opened) {
        signedIn = true;
        emit('session', session());
      }
      return good({ url: 'https://portal.gatehouse.example/admin/sign-in', opened });
    },
    'session.account': async () =>
      good({ url: 'https://portal.gatehouse.example/admin/account', opened: options.opens ?? true }),
    'session.signOut': async () => {
      signedIn = false;
      emit('session', session());
      return good({ delivered: 0, kept: outbox.length, discarded: 0 });
    },
    'status.get': async () => good(status()),
    'queue.page': async ({ filter, after, limit }) => {
      const all = matching(filter);
      const start =
        after === null
          ? 0
          : all.findIndex(
              (row) =>
                row.createdAt < after.createdAt || (row.createdAt === after.createdAt && row.id < after.id),
            );
      const rows = start === -1 ? [] : all.slice(start, start + limit);
      const last = rows.at(-1);
      const more = start !== -1 && start + limit < all.length;
      return good({ rows, next: more && last ? { createdAt: last.createdAt, id: last.id } : null });
    },
    'queue.counts': async () => {
      const byKind = {
        developer: {},
        application: {},
        registration: {},
      } as DeskOutputs['queue.counts']['byKind'];
      for (const kind of requestKinds) {
        for (const { state } of rowsOf(seed, kind)) byKind[kind][state] = (byKind[kind][state] ?? 0) + 1;
      }
      return good({ byKind, attention: attention.length });
    },
    'queue.select': async ({ filter }) =>
      good({ refs: matching(filter).map(({ kind, id }) => ({ kind, id })), capped: false }),
    'request.get': async (ref) => good(detail(ref)),
    decide: async (input) => {
      const done = decide(input);
      changed();
      return good(done);
    },
    undo: async ({ batch }) => {
      const before = outbox.length;
      outbox = outbox.filter((entry) => entry.batch !== batch);
      changed();
      return good({ undone: before - outbox.length, tooLate: 0 });
    },
    'outbox.list': async () => good({ entries: [...outbox], total: outbox.length }),
    'attention.list': async () => good({ entries: attention, total: attention.length }),
    'attention.resolve': async ({ intent }) => {
      attention = attention.filter((entry) => entry.intent !== intent);
      changed();
      return good({ batch: null });
    },
  };

  attention = seed.developers.slice(0, options.superseded ?? 0).map((row, index): AttentionEntry => ({
    intent: crypto.randomUUID(),
    kind: index % 3 === 2 ? 'stale' : 'superseded',
    code: index % 3 === 2 ? 'content_changed' : 'decided_otherwise',
    action: 'approve',
    target: { kind: 'developer', id: row.id },
    title: row.name,
    reason: null,
    decidedAt: iso(now() - 7_200_000),
    committedAt: iso(now() - 3_600_000),
    decision:
      index % 3 === 2
        ? null
        : {
            actor: 'admin:2',
            who: 'Dana Reyes',
            at: iso(now() - 5_400_000),
            action: 'reject',
            reason: 'The company is on hold with Legal.',
          },
  }));

  async function call<C extends DeskCall>(name: C, input: DeskInput<C>): Promise<Result<DeskOutputs[C]>> {
    calls.push({ call: name, input });
    if (options.latency) await new Promise((resolve) => setTimeout(resolve, options.latency));
    const code = failing.get(name);
    failing.delete(name);
    return code ? { ok: false, failure: failure(code) } : handlers[name](input);
  }

  return {
    calls,
    invoke: call,
    subscribe(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    setOnline(next, code) {
      online = next;
      why = code ?? null;
      changed();
    },
    setEnded(next) {
      ended = next;
      changed();
    },
    deliver() {
      for (const entry of outbox) apply(entry);
      outbox = [];
      changed();
    },
    arrive(name) {
      const [model] = seed.developers;
      if (model)
        seed.developers.unshift({
          ...model,
          id: crypto.randomUUID(),
          name,
          state: 'pending',
          createdAt: iso(now()),
        });
      changed();
    },
    failNext: (name, code) => void failing.set(name, code),
  };
}

/** One connection from its first byte to its end: welcome, feed, outbox, and what keeps the three in step. */
import type { Cursor } from '../../../domain/cursor.ts';
import type { EntityKind } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import { intentsDocument, type Message, type Welcome } from '../../../domain/wire/sync.ts';
import type { Decisions } from '../decisions/decisions.ts';
import { isoTime, type Clock } from '../ports.ts';
import type { Standing } from '../replica/calls.ts';
import type { Replica } from '../replica/replica.ts';
import type { SyncState } from '../../../domain/desk/rows.ts';
import { openFeed } from './feed.ts';
import { adminApi } from './http.ts';
import { openLink, type Link } from './link.ts';
import { openOutbox, type Outbox } from './outbox.ts';
import { replicate, type Replication } from './replication.ts';
import type { Transport } from './transport.ts';

/** How long the server may take to say welcome, in milliseconds. */
const welcomeWithin = 10_000;
/** A decision that has had no answer for so long is asked about. */
const askAfter = 5_000;

export interface ConnectionNeeds {
  readonly server: string;
  readonly token: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly replica: Replica;
  readonly standing: Standing;
  readonly decisions: Decisions;
  readonly epoch: number;
  /** What the desk says of itself to whoever watches the server. */
  readonly report: () => string;
  holdsEnded(): boolean;
  onWelcome(welcome: Welcome): void;
  onState(state: SyncState): void;
  onEntities(kinds: readonly EntityKind[]): void;
  onOutcomes(): void;
  onSnapshot(standing: Standing): void;
}

export interface Connection {
  /** Sends what has been released. */
  poke(): void;
  end(): void;
  /** Rejects with the reason when it is over; never resolves. */
  readonly over: Promise<never>;
}

interface Running {
  readonly welcome: Welcome;
  readonly flush: () => void;
  readonly receive: (message: Message) => void;
  readonly close: () => void;
}

export function asFailure(error: unknown): GatehouseError {
  return error instanceof GatehouseError ? error : new GatehouseError('internal', { cause: error });
}

/** Opens a connection with a bearer token. All failures, of any part, end it as a whole. */
export function connect(needs: ConnectionNeeds): Connection {
  const { clock, decisions } = needs;
  const abort = new AbortController();
  const api = adminApi(needs.server, needs.token, abort.signal, needs.transport.dispatcher());
  let running: Running | null = null;
  let settle: (error: GatehouseError) => void = () => undefined;
  const over = new Promise<never>((_, reject) => (settle = reject));
  over.catch(() => undefined);

  const guard = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => link.end(asFailure(error)));
  };

  const answered = async (outbox: Outbox, outcomes: readonly Outcome[], at?: Cursor): Promise<void> => {
    await decisions.answered(outcomes, at);
    needs.onOutcomes();
    guard(outbox.answered(outcomes.map(({ intent }) => intent)));
  };

  const ask = async (outbox: Outbox): Promise<void> => {
    const intents = outbox.outstanding();
    if (intents.length > 0) await answered(outbox, await api.decide(intents));
  };

  /** Asks about decisions that were out at the last look and still are: their answer may have passed us by. */
  const askLater = (outbox: Outbox): (() => void) => {
    let before = new Set<string>();
    let cancel = (): void => undefined;
    const look = async (): Promise<void> => {
      const out = outbox.outstanding().map(({ id }) => id);
      if (out.some((id) => before.has(id))) await ask(outbox);
      before = new Set(outbox.outstanding().map(({ id }) => id));
      again();
    };
    const again = (): void => {
      cancel = clock.after(askAfter, () => guard(look()));
    };
    again();
    return () => cancel();
  };

  /** A copy that stands in this epoch has been through this; without one, nobody knows. */
  const offerAgain = async (epoch: number): Promise<void> => {
    if (needs.standing.cursor?.epoch === epoch) return;
    const offered = await decisions.offerAgain(epoch, () => api.epochs());
    if (offered > 0) needs.onOutcomes();
  };

  const start = (welcome: Welcome): Running => {
    const send = (document: string) => (payload: Uint8Array) =>
      link.send({ kind: 'sync', document, payload });
    const outbox = openOutbox({
      decisions,
      send: send(welcome.intents),
      holdsEnded: () => needs.holdsEnded(),
    });
    const isOwn = (device: string): boolean => intentsDocument(device) === welcome.intents;
    const replication: Replication = replicate(
      {
        api,
        replica: needs.replica,
        server: { epoch: welcome.epoch, seq: welcome.seq },
        scope: welcome.scope,
        epoch: needs.epoch,
        isOwn,
        answered: (outcomes, at) => answered(outbox, outcomes, at),
        onEntities: (kinds) => needs.onEntities(kinds),
        onProgress: (done, of) => needs.onState({ state: 'syncing', done, of }),
        onSynced: () => needs.onState({ state: 'synced', at: isoTime(clock.now()) }),
        onSnapshot: (standing) => {
          needs.onSnapshot(standing);
          // What was answered before the snapshot was made will not come through the feed.
          guard(outbox.flush().then(() => ask(outbox)));
        },
      },
      needs.standing,
    );
    // What a restore took back is on its way again before anything newer leaves, and before the copy forgets.
    const ready = offerAgain(welcome.epoch);
    const work = (): void => guard(ready.then(() => replication.work()));
    const flush = (): void => guard(ready.then(() => outbox.flush()));
    /** What was decided as a former device, which was removed since, is not answered through our feed. */
    const askFormer = async (): Promise<void> => {
      await ready;
      await outbox.flush();
      if (outbox.outstanding().some(({ device }) => !isOwn(device))) await ask(outbox);
    };
    const feed = openFeed((frames) => {
      replication.push(frames);
      work();
    });
    const stopAsking = askLater(outbox);
    send(welcome.feed)(feed.hello);
    work();
    guard(askFormer());
    return {
      welcome,
      flush,
      receive: ({ document, payload }) => {
        if (document === welcome.intents) return outbox.receive(payload);
        if (document !== welcome.feed) return;
        const reply = feed.receive(payload);
        if (reply) send(welcome.feed)(reply);
      },
      close: () => {
        stopAsking();
        feed.close();
        outbox.close();
      },
    };
  };

  const stopWaiting = clock.after(welcomeWithin, () => {
    if (!running) link.end();
  });

  const link: Link = openLink({
    server: needs.server,
    token: needs.token,
    dial: needs.transport.dial,
    clock,
    report: needs.report,
    onControl: (control) => {
      if (control.t !== 'welcome' || running) return;
      needs.onWelcome(control);
      running = start(control);
    },
    onMessage: (message) => {
      if (!running || message.kind !== 'sync') return;
      try {
        running.receive(message);
      } catch (error) {
        link.end(asFailure(error));
      }
    },
    onEnd: (error) => {
      stopWaiting();
      abort.abort();
      running?.close();
      settle(error);
    },
  });

  return {
    over,
    poke: () => {
      running?.flush();
    },
    end: () => link.end(),
  };
}

/** The sync client: one connection after the other, for as long as somebody is signed in. */
import type { SyncState } from '../../../domain/desk/rows.ts';
import type { EntityKind } from '../../../domain/entities.ts';
import type { ErrorCode } from '../../../domain/error-codes.ts';
import { failure } from '../../../domain/errors.ts';
import type { Decisions } from '../decisions/decisions.ts';
import { isoTime, type Clock, type Random } from '../ports.ts';
import type { Standing } from '../replica/calls.ts';
import type { Replica } from '../replica/replica.ts';
import { backoff } from './backoff.ts';
import { asFailure, connect, type Connection } from './connection.ts';
import { ComeBackLater } from './refusal.ts';
import type { Transport } from './transport.ts';

/** Where the bearer token comes from. */
export interface Tokens {
  /** A token that may still be good, renewed where it is about to expire; null where the admin must sign in again. */
  current(): Promise<string | null>;
  /** The server refused this one: the next, or null where the admin must sign in again. Throws `offline`. */
  renew(refused: string): Promise<string | null>;
}

export interface SyncNeeds {
  readonly server: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: Tokens;
  readonly transport: Transport;
  readonly replica: Replica;
  readonly decisions: Decisions;
  /** The highest epoch seen, and the way to remember a higher one. */
  readonly epoch: { get(): number; raise(epoch: number): void };
  /** What the desk says of itself to whoever watches the server. */
  readonly report: () => string;
  holdsEnded(): boolean;
  onState(state: SyncState): void;
  onEntities(kinds: readonly EntityKind[]): void;
  onOutcomes(): void;
  onSnapshot(standing: Standing): void;
  /** The server has removed this device: nothing more will leave as it. */
  onDeviceRevoked(): Promise<void>;
}

export interface Sync {
  /** Something may leave. */
  poke(): void;
  /** Ends the connection and all attempts. */
  stop(): Promise<void>;
}

/** The session is not what it was: renewing it tells whether it stands, and who the admin is by now. */
const refusals: readonly ErrorCode[] = [
  'unauthenticated',
  'token_expired',
  'scope_changed',
  'session_changed',
];

/** Trying again will not do: somebody has to. */
const lasting: readonly ErrorCode[] = ['desk_outdated', 'server_outdated', 'epoch_lower'];

/** Starts connecting; ends by itself once the admin must sign in again. */
export function startSync(needs: SyncNeeds): Sync {
  const { clock } = needs;
  let stopped = false;
  let connection: Connection | null = null;
  let wake = (): void => undefined;
  let failures = 0;
  let since: string | null = null;

  const offline = (code: ErrorCode | null): void => {
    since ??= isoTime(clock.now());
    const why = code !== null && lasting.includes(code) ? failure(code) : null;
    needs.onState({ state: 'offline', since, why });
  };

  const rest = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(milliseconds, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  const attempt = async (token: string): Promise<never> => {
    const standing = await needs.replica.call('standing', null);
    connection = connect({
      ...needs,
      token,
      standing,
      epoch: Math.max(needs.epoch.get(), standing.cursor?.epoch ?? 0),
      onWelcome: ({ epoch }) => {
        failures = 0;
        since = null;
        if (epoch > needs.epoch.get()) needs.epoch.raise(epoch);
      },
    });
    if (stopped) connection.end();
    return connection.over;
  };

  /** What follows from a connection's end: the next token, or null where there is none. */
  const afterwards = async (token: string, code: ErrorCode): Promise<string | null> => {
    if (code === 'device_revoked') {
      await needs.onDeviceRevoked();
      return null;
    }
    return refusals.includes(code) ? needs.tokens.renew(token) : needs.tokens.current();
  };

  const run = async (): Promise<void> => {
    let token: string | null = null;
    let code: ErrorCode | null = null;
    let pause = 0;
    while (!stopped) {
      try {
        token =
          token !== null && code !== null ? await afterwards(token, code) : await needs.tokens.current();
        code = null;
        if (token === null) return needs.onState({ state: 'signed-out' });
        await attempt(token);
      } catch (error) {
        code = asFailure(error).code;
        pause = error instanceof ComeBackLater ? error.seconds * 1_000 : 0;
      } finally {
        connection = null;
      }
      if (stopped) return;
      const renewing = code !== null && refusals.includes(code) && failures === 0;
      failures++;
      if (renewing) continue;
      offline(code);
      await rest(pause + backoff(failures, needs.random));
      pause = 0;
    }
  };

  const ended = run();
  return {
    poke: () => connection?.poke(),
    stop: async () => {
      stopped = true;
      connection?.end();
      wake();
      await ended;
    },
  };
}

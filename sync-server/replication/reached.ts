/**
 * How far devices are, for whoever watches: a ping carries the cursor that its socket has been sent, and the pong comes
 * back once all before it was received. A device that catches up by pages says it itself. Written down now and then, in
 * one statement for all.
 */
import type { WebSocket } from 'ws';
import { sql } from 'kysely';
import { formatCursor, type Cursor } from '../../domain/cursor.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import { startRounds } from '../rounds/rounds.ts';

export interface Reached {
  /** A device says that it has everything up to `cursor`. */
  note(device: string, cursor: Cursor): void;
  /** Asks the socket's device until it closes. `sent` is null while it has not been sent everything. */
  watch(socket: WebSocket, device: string, sent: () => Cursor | null): void;
  stop(): Promise<void>;
}

export type ReachedDeps = Pick<Deps, 'db' | 'clock' | 'log'>;

const everyMilliseconds = 5_000;
/** A device that stays where it is says so this often, in rounds. */
const sayAgainAfter = 12;

export function openReached({ db, clock, log }: ReachedDeps, every = everyMilliseconds): Reached {
  const noted = new Map<string, Cursor>();
  const asks = new Set<() => void>();

  function note(device: string, cursor: Cursor): void {
    noted.set(device, cursor);
  }

  function watch(socket: WebSocket, device: string, sent: () => Cursor | null): void {
    let asked: Cursor | null = null;
    let confirmed = '';
    let rounds = 0;
    const ask = (): void => {
      rounds += 1;
      const cursor = sent();
      if (!cursor || (formatCursor(cursor) === confirmed && rounds < sayAgainAfter)) return;
      rounds = 0;
      asked = cursor;
      socket.ping(formatCursor(cursor));
    };
    asks.add(ask);
    socket.on('pong', (payload: Buffer) => {
      // Only what was asked counts: a pong can come unasked, and say anything.
      if (!asked || payload.toString('latin1') !== formatCursor(asked)) return;
      confirmed = formatCursor(asked);
      note(device, asked);
      asked = null;
    });
    socket.on('close', () => asks.delete(ask));
  }

  async function write(): Promise<void> {
    if (noted.size === 0) return;
    const rows = [...noted].map(([device, cursor]) => ({ device, ...cursor }));
    noted.clear();
    await sql`
      insert into device_cursors (device_id, epoch, seq, at)
      select d.id, r.epoch, r.seq, ${isoTime(clock())}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (device uuid, epoch integer, seq bigint)
      join devices as d on d.id = r.device
      on conflict (device_id) do update set epoch = excluded.epoch, seq = excluded.seq, at = excluded.at`.execute(
      db,
    );
  }

  function round(): Promise<void> {
    for (const ask of asks) ask();
    return write();
  }

  const rounds = startRounds(round, {
    every,
    failed: (error) => log.debug({ err: error }, 'how far devices are could not be written down'),
  });
  return {
    note,
    watch,
    async stop() {
      await rounds.now();
      await rounds.stop();
    },
  };
}

/** The status bar's sentences. */
import type { Status } from '../../../domain/desk/rows.ts';
import { clockTime } from '../time.ts';
import { count } from '../words.ts';

/** "Synced 12:04:31", "Syncing 1,240 of 100,000", "Offline (3 pending)", "Signed out". */
export function syncSentence(status: Status, now: number): string {
  const { sync } = status;
  const pending = status.held + status.waiting + status.sent;
  switch (sync.state) {
    case 'synced':
      return `Synced ${clockTime(sync.at, now)}`;
    case 'syncing':
      return sync.of === null
        ? sync.done === 0
          ? 'Syncing'
          : `Syncing ${count(sync.done)}`
        : `Syncing ${count(sync.done)} of ${count(sync.of)}`;
    case 'offline':
      return `Offline (${count(pending)} pending)`;
    case 'signed-out':
      return pending > 0 ? `Signed out (${count(pending)} pending)` : 'Signed out';
  }
}

/** What is read out: only what changes rarely and matters. */
export function spokenSync({ sync, attention }: Status): string {
  const flag = attention > 0 ? ` Needs attention: ${count(attention)}.` : '';
  switch (sync.state) {
    case 'synced':
      return `Synced.${flag}`;
    case 'syncing':
      return `Syncing.${flag}`;
    case 'offline':
      return `Offline. Decisions are kept and sent later.${flag}`;
    case 'signed-out':
      return `Signed out. Sign in again to go on syncing.${flag}`;
  }
}

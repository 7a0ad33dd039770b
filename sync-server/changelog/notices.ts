/**
 * Says that somebody's sessions may have changed: an admin, a device or a session was changed or taken away, in this
 * process or in another. The database itself announces it (triggers of migration 0007), whoever made the change; only of
 * products that open or begin anew it is said by who does it (scopes/watch.ts), for no row of an admin changes then.
 */

/** Notification channel; the payload is the id of the admin or the device. */
export const sessionsChannel = 'gatehouse_sessions';

export interface Notices {
  /** `null` where nobody knows whose: the connection that hears of it was away. */
  notify(id: string | null): void;
  /** Calls `listener` at every notice; returns the way to stop. */
  subscribe(listener: (id: string | null) => void): () => void;
}

export function createNotices(): Notices {
  const listeners = new Set<(id: string | null) => void>();
  return {
    notify(id) {
      for (const listener of [...listeners]) listener(id);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

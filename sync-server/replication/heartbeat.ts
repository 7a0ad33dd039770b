/** Asks at intervals whether the other end of a socket is still there, and cuts it off where nothing came since the last. */
import type { SyncSocket } from './socket.ts';

export interface Heartbeat {
  /** Something came. */
  heard(): void;
  stop(): void;
}

/** @param beat called at each interval, while the other end is there */
export function startHeartbeat(
  socket: Pick<SyncSocket, 'ping' | 'terminate'>,
  milliseconds: number,
  beat: () => void,
): Heartbeat {
  let heard = true;
  const timer = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
    beat();
  }, milliseconds);
  return {
    heard: () => void (heard = true),
    stop: () => clearInterval(timer),
  };
}

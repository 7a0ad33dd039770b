/** Devices of one admin without the cost of signing in, and sockets that are watched from outside. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { enrolDevice } from '../../../sync-server/admins/devices.ts';
import { openSession, sessionOfToken } from '../../../sync-server/admins/sessions.ts';
import type { Deps } from '../../../sync-server/config/deps.ts';

export interface Device {
  readonly adminId: string;
  readonly device: string;
  readonly token: string;
  readonly headers: { readonly authorization: string };
}

export async function enrol(deps: Deps, adminId: string): Promise<Device> {
  const { access_token: token } = await openSession(deps, adminId);
  const session = await sessionOfToken(deps, token);
  const { device } = await enrolDevice(deps, session, token, { name: 'hostile' });
  return { adminId, device, token, headers: { authorization: `Bearer ${token}` } };
}

/** Until everything that was sent has been looked at, or the server has hung up. */
export async function heard(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  const answered = Promise.race([once(socket, 'pong'), once(socket, 'close')]);
  socket.ping();
  await answered;
}

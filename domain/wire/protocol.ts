/**
 * The version of the sync protocol. A desk names what it speaks as a WebSocket subprotocol of its upgrade request (RFC 6455
 * §1.9), so that two sides that would misunderstand each other say so before anything else is said.
 */
import type { ErrorCode } from '../error-codes.ts';

/** Raised with every change that an older reader would misunderstand. */
export const protocolVersion = 2;
const prefix = 'gatehouse.sync.v';
/** What a desk offers. */
export const syncProtocol = `${prefix}${protocolVersion}`;

/**
 * Why a server does not speak with a desk that offers these subprotocols (the header as it came), or null where it does. The
 * first release offered none.
 */
export function protocolObjection(offered: string | undefined): ErrorCode | null {
  const names = (offered ?? '').split(',').map((name) => name.trim());
  if (names.includes(syncProtocol)) return null;
  const newer = names.some(
    (name) => name.startsWith(prefix) && Number(name.slice(prefix.length)) > protocolVersion,
  );
  return newer ? 'server_outdated' : 'desk_outdated';
}

/** What a desk makes of bytes from a server that it cannot read: their first one is the version they are written in. */
export function unreadable(bytes: Uint8Array): ErrorCode {
  const version = bytes[0] ?? protocolVersion;
  if (version === protocolVersion) return 'frame_damaged';
  return version < protocolVersion ? 'server_outdated' : 'desk_outdated';
}

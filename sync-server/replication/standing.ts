/** Whether the session of an open socket still is what it was when the socket was opened. */
import type { ErrorCode } from '../../domain/error-codes.ts';
import type { deviceSessionOf } from '../admins/access.ts';
import { liveSession } from '../admins/sessions.ts';
import type { Deps } from '../config/deps.ts';

export type DeviceSession = ReturnType<typeof deviceSessionOf>;

type StandingDeps = Pick<Deps, 'db' | 'clock' | 'outgrown'>;

/** Null while it is, else why not; also where this server may not take its decisions any more. */
export async function objectionTo(
  deps: StandingDeps,
  { admin, device, scope }: DeviceSession,
): Promise<ErrorCode | null> {
  if (deps.outgrown.by() !== null) return 'migrations_differ';
  const session = await liveSession(deps, admin.id, device);
  if (!session) return (await isRevoked(deps, device)) ? 'device_revoked' : 'unauthenticated';
  if (session.scope.name !== scope.name) return 'scope_changed';
  return session.admin.role === admin.role ? null : 'session_changed';
}

async function isRevoked({ db }: StandingDeps, device: string): Promise<boolean> {
  const found = await db
    .selectFrom('devices')
    .select('revokedAt')
    .where('id', '=', device)
    .executeTakeFirst();
  return (found?.revokedAt ?? null) !== null;
}

/**
 * What is done to admins and their devices by themselves, by owners and by commands. Each is a change of the log: the
 * row where one is published, else an event. The database announces what ends sessions to all processes by itself.
 */
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { AuditEvent } from '../../domain/wire/audit.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';
import { tokenHash } from './tokens.ts';

/** Logs what happened to an admin without their row changing. */
export function adminEvent(
  change: Change,
  name: AuditEvent,
  adminId: string,
  cause: Cause,
  details: Readonly<Record<string, unknown>> = {},
  ends: readonly Ended[] = [],
): void {
  change.event({ name, subject: { entity: 'admin', id: adminId }, details, ends, cause });
}

/** The row of an admin. Throws `not_found`. */
export async function adminById(change: Pick<Change, 'db'>, adminId: string): Promise<Row<'admin'>> {
  const row = await change.db.selectFrom('admins').selectAll().where('id', '=', adminId).executeTakeFirst();
  if (!row) throw new GatehouseError('not_found');
  return row;
}

interface Ending {
  /** What the cookie of the page holds where the admin asks for it: that one session stays. */
  readonly except?: string;
  /** Whether automation tokens end too. */
  readonly automation?: boolean;
}

/** Ends an admin's sessions on desks and pages. Tokens for automation are devices of their own: they are revoked there. */
export async function endSessionsOf(
  { db }: Pick<Change, 'db'>,
  adminId: string,
  { except, automation = false }: Ending = {},
): Promise<void> {
  await db
    .deleteFrom('adminSessions')
    .where('adminId', '=', adminId)
    .$if(!automation, (query) =>
      query.where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('devices')
              .select('devices.id')
              .whereRef('devices.id', '=', 'adminSessions.deviceId')
              .where('devices.kind', '=', 'automation'),
          ),
        ),
      ),
    )
    .execute();
  await db
    .deleteFrom('adminPageSessions')
    .where('adminId', '=', adminId)
    .$if(except !== undefined, (query) => query.where('hash', '!=', tokenHash(except ?? '')))
    .execute();
  await db.deleteFrom('adminSignIns').where('adminId', '=', adminId).execute();
  await db.deleteFrom('adminCodes').where('adminId', '=', adminId).execute();
}

/** Sets a password, hashed before the commit began, and ends all other sessions. */
export async function changePassword(
  change: Change,
  { adminId, passwordHash }: { readonly adminId: string; readonly passwordHash: string },
  cause: Cause,
  ending: Ending = {},
): Promise<void> {
  await change.db.updateTable('adminSecrets').set({ passwordHash }).where('adminId', '=', adminId).execute();
  await endSessionsOf(change, adminId, ending);
  adminEvent(change, 'admin.password_changed', adminId, cause, {}, [{ what: 'admin-password', id: adminId }]);
}

/** Takes every second factor away, and ends the sessions that were opened with them. */
export async function resetSecondFactor(change: Change, adminId: string, cause: Cause): Promise<void> {
  const { db } = change;
  await adminById(change, adminId);
  await db.deleteFrom('adminTotp').where('adminId', '=', adminId).execute();
  await db.deleteFrom('adminRecoveryCodes').where('adminId', '=', adminId).execute();
  await db.deleteFrom('adminPasskeys').where('adminId', '=', adminId).execute();
  await db.deleteFrom('adminIdentities').where('adminId', '=', adminId).execute();
  await endSessionsOf(change, adminId);
  adminEvent(change, 'admin.second_factor_changed', adminId, cause, { what: 'reset' }, [
    { what: 'authenticator', id: adminId },
    { what: 'recovery-codes', id: adminId },
    { what: 'passkey', id: adminId, passkey: null },
    { what: 'identities', id: adminId },
  ]);
}

/** Throws `admin_last_owner` where nobody else could give rights any more. */
export async function refuseLastOwner({ db }: Change, { id, role }: Row<'admin'>): Promise<void> {
  if (role !== 'owner') return;
  const other = await db
    .selectFrom('admins')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .select('admins.id')
    .where('role', '=', 'owner')
    .where('admins.id', '!=', id)
    .where('deactivatedAt', 'is', null)
    .executeTakeFirst();
  if (!other) throw new GatehouseError('admin_last_owner');
}

/** Ends all sessions, tokens for automation included, and lets nobody in until it is undone. */
export async function deactivateAdmin(change: Change, adminId: string, cause: Cause): Promise<void> {
  await refuseLastOwner(change, await adminById(change, adminId));
  await change.db
    .updateTable('adminSecrets')
    .set({ deactivatedAt: change.now })
    .where('adminId', '=', adminId)
    .execute();
  await endSessionsOf(change, adminId, { automation: true });
  adminEvent(change, 'admin.deactivated', adminId, cause, {}, [{ what: 'admin', id: adminId }]);
}

export async function reactivateAdmin(change: Change, adminId: string, cause: Cause): Promise<void> {
  await adminById(change, adminId);
  await change.db
    .updateTable('adminSecrets')
    .set({ deactivatedAt: null })
    .where('adminId', '=', adminId)
    .execute();
  adminEvent(change, 'admin.reactivated', adminId, cause);
}

/** Removes an admin with devices and secrets; what they decided stays. Throws `not_found`, `admin_last_owner`. */
export async function removeAdmin(change: Change, adminId: string, cause: Cause): Promise<void> {
  const row = await adminById(change, adminId);
  await refuseLastOwner(change, row);
  await change.drop('admin', [row], cause);
}

/** Revokes a device: its sessions end, and what it sends from now on is refused. `null` takes any admin's. Throws `not_found`. */
export async function revokeDevice(
  change: Change,
  { device, adminId }: { readonly device: string; readonly adminId: string | null },
  cause: Cause,
): Promise<void> {
  const revoked = await change.db
    .updateTable('devices')
    .set({ revokedAt: change.now })
    .where('id', '=', device)
    .where('revokedAt', 'is', null)
    .$if(adminId !== null, (query) => query.where('adminId', '=', adminId ?? ''))
    .returning('adminId')
    .executeTakeFirst();
  if (!revoked) throw new GatehouseError('not_found');
  change.event({
    name: 'device.revoked',
    subject: { entity: 'device', id: device },
    details: { admin: revoked.adminId },
    ends: [{ what: 'device', id: device, admin: revoked.adminId }],
    cause,
  });
}

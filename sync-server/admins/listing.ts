/** Admins and devices as owners, and their own pages, see them. */
import type { AdminAccount, DeviceEntry } from '../../domain/wire/admin.ts';
import type { Db } from '../db/schema.ts';

/** Devices that are not revoked, of one admin or of all, newest contact first. */
export async function listDevices(db: Db, adminId: string | null): Promise<DeviceEntry[]> {
  return db
    .selectFrom('devices')
    .select(['id', 'adminId', 'name', 'kind', 'enrolledAt', 'seenAt', 'address'])
    .where('revokedAt', 'is', null)
    .$if(adminId !== null, (query) => query.where('adminId', '=', adminId ?? ''))
    .orderBy('seenAt', 'desc')
    .orderBy('id')
    .execute();
}

/** All admins, with how they sign in. */
export async function listAdmins(db: Db): Promise<AdminAccount[]> {
  const rows = await db
    .selectFrom('admins')
    .innerJoin('adminSecrets', 'adminSecrets.adminId', 'admins.id')
    .select((eb) => [
      'admins.id',
      'admins.email',
      'admins.name',
      'admins.role',
      'admins.productIds',
      'adminSecrets.deactivatedAt',
      eb
        .exists(
          eb
            .selectFrom('adminTotp')
            .select('adminTotp.adminId')
            .whereRef('adminTotp.adminId', '=', 'admins.id')
            .where('adminTotp.confirmedAt', 'is not', null),
        )
        .as('authenticator'),
      eb
        .selectFrom('adminPasskeys')
        .select((count) => count.fn.countAll<string>().as('count'))
        .whereRef('adminPasskeys.adminId', '=', 'admins.id')
        .as('passkeys'),
      eb
        .selectFrom('devices')
        .select((count) => count.fn.countAll<string>().as('count'))
        .whereRef('devices.adminId', '=', 'admins.id')
        .where('devices.revokedAt', 'is', null)
        .as('devices'),
    ])
    .orderBy('admins.email')
    .execute();
  return rows.map((row) => ({
    ...row,
    authenticator: Boolean(row.authenticator),
    passkeys: Number(row.passkeys),
    devices: Number(row.devices),
  }));
}

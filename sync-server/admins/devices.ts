/** Devices: the server issues their ids and binds them to sessions; an id names the one intent document it may write. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Enrolment } from '../../domain/wire/admin.ts';
import { currentOrigin } from '../changelog/origin.ts';
import { newId, type Deps } from '../config/deps.ts';
import { mayBeLost } from './lost-devices.ts';
import type { AdminSession } from './sessions.ts';
import { tokenHash } from './tokens.ts';

export interface EnrolRequest {
  readonly name: string;
  /** A device of this admin to bind to, or one that a restore has forgotten; a new one where it is left out. */
  readonly device?: string | undefined;
}

/** Enrols and binds. Throws `device_foreign` (also where there is none by that id) or `device_revoked`. */
export async function enrolDevice(
  { commit, clock }: Pick<Deps, 'commit' | 'clock'>,
  { admin, scope: { name: scope } }: AdminSession,
  accessToken: string,
  { name, device }: EnrolRequest,
): Promise<Enrolment> {
  const { address } = currentOrigin();
  return commit(async (change) => {
    const { db: trx, now } = change;
    const id = device ?? newId(clock);
    const known = device
      ? await trx.selectFrom('devices').selectAll().where('id', '=', device).forUpdate().executeTakeFirst()
      : null;
    const mine = known ? known.adminId === admin.id : !device || (await mayBeLost(trx, device));
    if (!mine) throw new GatehouseError('device_foreign');
    if (known?.revokedAt) throw new GatehouseError('device_revoked');
    const tell = (more: object): void =>
      change.event({
        name: 'device.enrolled',
        subject: { entity: 'device', id },
        details: { admin: admin.id, name, ...more },
        cause: { actor: `admin:${admin.id}`, device: id },
      });
    if (known) {
      await trx.updateTable('devices').set({ name, seenAt: now, address }).where('id', '=', id).execute();
      if (known.name !== name) tell({ before: { name: known.name } });
    } else {
      await trx
        .insertInto('devices')
        .values({
          id,
          adminId: admin.id,
          name,
          scope,
          enrolledAt: now,
          seenAt: now,
          revokedAt: null,
          address,
        })
        .execute();
      tell({});
    }
    await trx
      .updateTable('adminSessions')
      .set({ deviceId: id })
      .where('accessHash', '=', tokenHash(accessToken))
      .execute();
    return { device: id, name, scope, enrolledAt: known?.enrolledAt ?? now };
  });
}

/** Signs admins in as the sign-in page does, without the page: a session, bound to a device. */
import type { AdminIdentity } from '../../domain/wire/admin.ts';
import { uuidv7 } from '../../domain/ids.ts';
import type { Row } from '../../domain/entities.ts';
import { enrolDevice } from '../../sync-server/admins/devices.ts';
import { openSession, sessionOfToken } from '../../sync-server/admins/sessions.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import { isoTime } from '../../sync-server/config/deps.ts';
import type { Dice } from './dice.ts';

export interface SignedIn {
  readonly admin: AdminIdentity;
  readonly device: string;
  readonly token: string;
}

/** A new session of an admin; on the device that is named, else on a new one. */
export async function signIn(deps: AppDeps, adminId: string, device?: string): Promise<SignedIn> {
  const { access_token: token } = await openSession(deps, adminId);
  const session = await sessionOfToken(deps, token);
  const name = { name: 'simulated', ...(device === undefined ? {} : { device }) };
  const enrolment = await enrolDevice(deps, session, token, name);
  return { admin: session.admin, device: enrolment.device, token };
}

/** An admin with no password: none ever signs in by one here, and making its verifier takes its time. */
export async function addAdmin(
  { commit, clock }: AppDeps,
  name: string,
  role: AdminIdentity['role'],
  dice: Dice,
): Promise<string> {
  const row: Row<'admin'> = {
    id: uuidv7(clock(), dice.bytes(10)),
    portalId: null,
    email: `${name}@example.com`,
    name,
    role,
    productIds: [],
    revision: 1,
    createdAt: isoTime(clock()),
  };
  await commit(async (change) => {
    await change.put('admin', [row], { actor: 'system' });
    await change.db.insertInto('adminSecrets').values({ adminId: row.id, passwordHash: null }).execute();
  });
  return row.id;
}

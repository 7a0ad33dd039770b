/** Admins, signed in and with a device, for other features' tests. */
import type { Role } from '../../domain/entities.ts';
import type { Deps } from '../config/deps.ts';
import { createAdmin } from './accounts.ts';
import { enrolDevice } from './devices.ts';
import { openSession, sessionOfToken } from './sessions.ts';

export interface TestAdmin {
  readonly id: string;
  readonly device: string;
  readonly token: string;
  readonly headers: { readonly authorization: string };
}

let count = 0;

/** `productIds` is for product owners. */
export async function signedInAdmin(
  deps: Deps,
  role: Role = 'owner',
  productIds: readonly string[] = [],
): Promise<TestAdmin> {
  count += 1;
  const email = `${role}-${count}@example.com`;
  const { id } = await deps.commit((change) =>
    createAdmin(
      change,
      deps.clock,
      { email, name: `Dana ${count}`, role, productIds, password: `correct horse ${count}` },
      { actor: 'system' },
    ),
  );
  return { id, ...(await enrolledAnew(deps, id)) };
}

/** Signs the admin in on a new device. */
export async function enrolledAnew(deps: Deps, id: string): Promise<Omit<TestAdmin, 'id'>> {
  const { access_token: token } = await openSession(deps, id);
  const session = await sessionOfToken(deps, token);
  const { device } = await enrolDevice(deps, session, token, { name: 'test' });
  return { device, token, headers: { authorization: `Bearer ${token}` } };
}

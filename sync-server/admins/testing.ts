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

/** The password of those that `addedAdmin` makes. */
export const adminPassword = 'quiet harbour 7';

export interface AddedAdmin {
  readonly id: string;
  readonly email: string;
}

/** An owner who has a password and has not signed in yet. */
export async function addedAdmin(
  { commit, clock }: Pick<Deps, 'commit' | 'clock'>,
  email = `dana-${(count += 1)}@example.com`,
): Promise<AddedAdmin> {
  const admin = { email, name: 'Dana', role: 'owner', password: adminPassword } as const;
  const { id } = await commit((change) => createAdmin(change, clock, admin, { actor: 'system' }));
  return { id, email };
}

/** Signs the admin in on a new device. */
export async function enrolledAnew(deps: Deps, id: string): Promise<Omit<TestAdmin, 'id'>> {
  const { access_token: token } = await openSession(deps, id);
  const session = await sessionOfToken(deps, token);
  const { device } = await enrolDevice(deps, session, token, { name: 'test' });
  return { device, token, headers: { authorization: `Bearer ${token}` } };
}

/** Another role for an admin who is there already. */
import type { Row } from '../../domain/entities.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import { findAdmin, productsFor, type NewAdmin } from './accounts.ts';
import { adminById, refuseLastOwner } from './people.ts';

/** Gives an admin another role, or other products. Throws `not_found`, `invalid_input`, `admin_last_owner`. */
export async function changeRole(
  change: Change,
  { email, role, productIds = [] }: Pick<NewAdmin, 'email' | 'role' | 'productIds'>,
  cause: Cause,
): Promise<Row<'admin'>> {
  const found = await findAdmin(change.db, email);
  if (!found) throw new GatehouseError('not_found');
  const admin = await adminById(change, found.id);
  if (role !== 'owner') await refuseLastOwner(change, admin);
  const next = { ...admin, role, productIds: productsFor(role, productIds), revision: admin.revision + 1 };
  await change.put('admin', [next], cause);
  return next;
}

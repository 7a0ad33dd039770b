/** `gatehouse admin role`, and how roles and products are written. */
import { defineCommand } from 'citty';
import { roles } from '../../../domain/entities.ts';
import type { Db } from '../../db/schema.ts';
import { databaseOptions } from '../options.ts';

export const role = {
  type: 'enum',
  options: [...roles].reverse(),
  required: true,
  description: 'owners configure, reviewers decide, viewers see, product owners decide for --products',
} as const;

export const products = {
  type: 'string',
  valueHint: 'NAME,NAME',
  description: 'What a product owner is limited to: names, slugs or ids',
} as const;

/** The products that a list names, none where it is left out. Throws `invalid_input`. */
export async function productsOf(db: Db, list: string | undefined): Promise<string[]> {
  if (list === undefined) return [];
  const { findProducts } = await import('../../admins/products.ts');
  const names = list.split(',').map((name) => name.trim());
  return findProducts(
    db,
    names.filter((name) => name !== ''),
  );
}

export const changeRole = defineCommand({
  meta: { name: 'role', description: 'Gives an admin another role, or other products' },
  args: {
    email: { type: 'positional', required: true, description: 'Whose' },
    role,
    products,
    ...databaseOptions,
  },
  async run({ args }) {
    const { changeRole: change } = await import('../../admins/roles.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { email } = args;
    const changed = await withDatabase(args, ({ commit }) =>
      commit(async (work) => {
        const productIds = await productsOf(work.db, args.products);
        return change(work, { email, role: args.role, productIds }, { actor: 'system' });
      }),
    );
    process.stdout.write(`${changed.email} is ${changed.role} now.\n`);
  },
});

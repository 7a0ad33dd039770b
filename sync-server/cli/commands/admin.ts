/** `gatehouse admin` */
import { defineCommand } from 'citty';
import { UsageError } from '../exits.ts';
import { databaseOptions } from '../options.ts';
import { changeRole, products, productsOf, role } from './admin-role.ts';
import { deactivate, list, reactivate, remove, reset } from './admin-care.ts';

const add = defineCommand({
  meta: { name: 'add', description: 'Adds an admin, with a password that is shown once' },
  args: {
    email: { type: 'positional', required: true, description: 'The address to sign in with' },
    role,
    products,
    name: { type: 'string', valueHint: 'NAME', description: 'As others see it; else the address' },
    'password-stdin': { type: 'boolean', description: 'Takes the password from standard input instead' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { createAdmin, generatePassword } = await import('../../admins/accounts.ts');
    const { withDatabase } = await import('../with-database.ts');
    const given = args['password-stdin'] === true ? await readPassword() : null;
    const { email, role } = args;
    const password = given ?? generatePassword();
    const added = await withDatabase(args, ({ commit, clock }) =>
      commit(async (change) => {
        const productIds = await productsOf(change.db, args.products);
        const name = args.name ?? email;
        return createAdmin(change, clock, { email, name, role, productIds, password }, { actor: 'system' });
      }),
    );
    process.stdout.write(`Added ${added.email} (${role}).\n`);
    if (given === null) process.stdout.write(`Password, shown this once: ${password}\n`);
  },
});

export const admin = defineCommand({
  meta: { name: 'admin', description: 'Admin accounts' },
  subCommands: { add, role: changeRole, list, reset, deactivate, reactivate, remove },
});

/** The first line. */
async function readPassword(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  const [line = ''] = (await text(process.stdin)).split(/\r?\n/);
  if (line === '') throw new UsageError('Standard input holds no password.');
  return line;
}

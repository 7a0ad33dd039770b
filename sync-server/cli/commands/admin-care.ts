/** `gatehouse admin list|reset|deactivate|reactivate|remove`: looking after admins who are there already. */
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Cause, Change } from '../../changelog/commit.ts';
import { databaseOptions, type DatabaseFlags } from '../options.ts';

const email = {
  type: 'positional',
  required: true,
  description: 'The address that the admin signs in with',
} as const;
const system: Cause = { actor: 'system' };

/** Does something to the admin of an address, in one commit. */
async function withAdmin(
  flags: DatabaseFlags,
  address: string,
  work: (change: Change, adminId: string) => Promise<void>,
): Promise<void> {
  const { findAdmin } = await import('../../admins/accounts.ts');
  const { withDatabase } = await import('../with-database.ts');
  await withDatabase(flags, ({ commit }) =>
    commit(async (change) => {
      const found = await findAdmin(change.db, address);
      if (!found) throw new GatehouseError('not_found', { message: `There is no admin ${address}.` });
      await work(change, found.id);
    }),
  );
}

export const list = defineCommand({
  meta: { name: 'list', description: 'Lists admins, and how they sign in' },
  args: databaseOptions,
  async run({ args }) {
    const { listAdmins } = await import('../../admins/listing.ts');
    const { withDatabase } = await import('../with-database.ts');
    const admins = await withDatabase(args, ({ db }) => listAdmins(db));
    for (const { email, role, deactivatedAt, authenticator, passkeys, devices } of admins) {
      const factors = [
        ...(authenticator ? ['authenticator'] : []),
        ...(passkeys > 0 ? [`passkeys: ${passkeys}`] : []),
      ];
      const words = [
        email,
        role,
        deactivatedAt === null ? 'active' : 'deactivated',
        factors.join(', ') || 'password only',
        `devices: ${devices}`,
      ];
      process.stdout.write(`${words.join('\t')}\n`);
    }
  },
});

export const reset = defineCommand({
  meta: {
    name: 'reset',
    description:
      'Takes an admin’s second factors away and ends all sessions; with a new password if asked for',
  },
  args: {
    email,
    password: { type: 'boolean', description: 'Makes a new password too, shown once' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { generatePassword } = await import('../../admins/accounts.ts');
    const { changePassword, resetSecondFactor } = await import('../../admins/people.ts');
    const { hashPassword } = await import('../../passwords/passwords.ts');
    const password = args.password === true ? generatePassword() : null;
    const passwordHash = password === null ? null : await hashPassword(password);
    await withAdmin(args, args.email, async (change, adminId) => {
      await resetSecondFactor(change, adminId, system);
      if (passwordHash !== null) await changePassword(change, { adminId, passwordHash }, system);
    });
    process.stdout.write(`Reset ${args.email}: no second factor, no session.\n`);
    if (password !== null) process.stdout.write(`Password, shown this once: ${password}\n`);
  },
});

export const deactivate = defineCommand({
  meta: {
    name: 'deactivate',
    description: 'Ends all sessions of an admin, and lets nobody in until reactivated',
  },
  args: { email, ...databaseOptions },
  async run({ args }) {
    const { deactivateAdmin } = await import('../../admins/people.ts');
    await withAdmin(args, args.email, (change, id) => deactivateAdmin(change, id, system));
    process.stdout.write(`Deactivated ${args.email}.\n`);
  },
});

export const reactivate = defineCommand({
  meta: { name: 'reactivate', description: 'Lets a deactivated admin sign in again' },
  args: { email, ...databaseOptions },
  async run({ args }) {
    const { reactivateAdmin } = await import('../../admins/people.ts');
    await withAdmin(args, args.email, (change, id) => reactivateAdmin(change, id, system));
    process.stdout.write(`Reactivated ${args.email}.\n`);
  },
});

export const remove = defineCommand({
  meta: {
    name: 'remove',
    description: 'Removes an admin with devices and sessions; what they decided stays',
  },
  args: { email, ...databaseOptions },
  async run({ args }) {
    const { removeAdmin } = await import('../../admins/people.ts');
    await withAdmin(args, args.email, (change, id) => removeAdmin(change, id, system));
    process.stdout.write(`Removed ${args.email}.\n`);
  },
});

/** `gatehouse token` */
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import { UsageError } from '../exits.ts';
import { wholeNumber } from '../number.ts';
import { databaseOptions, type DatabaseFlags } from '../options.ts';
import { gatewayNamed, gatewayOptions, list, revoke, type NamedGateway } from './gateway-tokens.ts';

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Makes a token and shows it once: for a gateway, or for automation in the name of an admin',
  },
  args: {
    ...gatewayOptions,
    admin: {
      type: 'string',
      valueHint: 'EMAIL',
      description: 'For automation, with the rights of this admin',
    },
    name: { type: 'string', valueHint: 'NAME', description: 'What uses it, for the list of devices' },
    days: {
      type: 'string',
      valueHint: 'N',
      default: '90',
      description: 'How long an automation token is good',
    },
    ...databaseOptions,
  },
  async run({ args }) {
    const { gateway, region, admin, name } = args;
    if ((gateway === undefined) === (admin === undefined)) {
      throw new UsageError('Give either --gateway NAME or --admin EMAIL.');
    }
    if (admin !== undefined) {
      if (!name) throw new UsageError('An automation token needs a --name.');
      await forAdmin(args, { admin, name, days: wholeNumber('days', args.days, 1, 3_650) });
    } else if (gateway !== undefined) {
      await forGateway(args, { gateway, region });
    }
  },
});

export const token = defineCommand({
  meta: { name: 'token', description: 'Tokens for gateways and automation' },
  subCommands: { create, list, revoke },
});

async function forGateway(flags: DatabaseFlags, given: NamedGateway): Promise<void> {
  const { isoTime } = await import('../../config/deps.ts');
  const { createGatewayToken } = await import('../../gateways/tokens.ts');
  const { loadServerKey } = await import('../../signing/key.ts');
  const { withDatabase } = await import('../with-database.ts');
  const made = await withDatabase(flags, async (deps) => {
    const id = await gatewayNamed(deps.db, given);
    const { fingerprint } = await loadServerKey(deps.db, deps.sealer, isoTime(deps.clock()));
    return createGatewayToken(deps, { gateway: id, fingerprint });
  });
  process.stdout.write(`${made}\n`);
}

async function forAdmin(
  flags: DatabaseFlags,
  { admin, name, days }: { readonly admin: string; readonly name: string; readonly days: number },
): Promise<void> {
  const { createAutomationToken } = await import('../../admins/automation.ts');
  const { findAdmin } = await import('../../admins/accounts.ts');
  const { withDatabase } = await import('../with-database.ts');
  const made = await withDatabase(flags, async (deps) => {
    const found = await findAdmin(deps.db, admin);
    if (!found) throw new GatehouseError('not_found', { message: `There is no admin ${admin}.` });
    return createAutomationToken(deps, { adminId: found.id, name, days });
  });
  // The token alone on standard output, so that a script can take it.
  process.stderr.write(`Good until ${made.until}, on the device ${made.device}:\n`);
  process.stdout.write(`${made.token}\n`);
}

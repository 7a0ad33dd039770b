/** `gatehouse token` */
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import { UsageError } from '../exits.ts';
import { wholeNumber } from '../number.ts';
import { databaseOptions, type DatabaseFlags } from '../options.ts';

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Makes a token and shows it once: for a gateway, or for automation in the name of an admin',
  },
  args: {
    gateway: { type: 'string', valueHint: 'NAME', description: 'For this gateway' },
    region: {
      type: 'string',
      valueHint: 'REGION',
      description: 'Where two regions have a gateway of that name',
    },
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
  subCommands: { create },
});

async function forGateway(
  flags: DatabaseFlags,
  { gateway, region }: { readonly gateway: string; readonly region: string | undefined },
): Promise<void> {
  const { createGatewayToken } = await import('../../gateways/tokens.ts');
  const { loadServerKey } = await import('../../signing/key.ts');
  const { withDatabase } = await import('../with-database.ts');
  const made = await withDatabase(flags, async ({ db, clock }) => {
    const found = await db
      .selectFrom('gateways')
      .select(['id', 'region'])
      .where('name', '=', gateway)
      .$if(region !== undefined, (query) => query.where('region', '=', region ?? ''))
      .execute();
    const [only, second] = found;
    if (!only) {
      const message = `There is no gateway "${gateway}"${region === undefined ? '' : ` in the region ${region}`}.`;
      throw new GatehouseError('not_found', { message });
    }
    if (second) throw new UsageError(`Several regions have a gateway "${gateway}": give --region.`);
    const now = new Date(clock()).toISOString();
    const { fingerprint } = await loadServerKey(db, now);
    return createGatewayToken(db, { gateway: only.id, fingerprint, now });
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

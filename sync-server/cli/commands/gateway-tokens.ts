/** `gatehouse token list|revoke`: the tokens that gateways have, and the end of one. */
import { defineCommand } from 'citty';
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Db } from '../../db/schema.ts';
import { UsageError } from '../exits.ts';
import { databaseOptions } from '../options.ts';

export const gatewayOptions = {
  gateway: { type: 'string', valueHint: 'NAME', description: 'Of this gateway' },
  region: {
    type: 'string',
    valueHint: 'REGION',
    description: 'Where two regions have a gateway of that name',
  },
} as const;

export interface NamedGateway {
  readonly gateway: string;
  readonly region: string | undefined;
}

/** The id of a gateway. Throws `not_found`, or a usage error where the name alone does not say which. */
export async function gatewayNamed(db: Db, { gateway, region }: NamedGateway): Promise<string> {
  const [only, second] = await db
    .selectFrom('gateways')
    .select('id')
    .where('name', '=', gateway)
    .$if(region !== undefined, (query) => query.where('region', '=', region ?? ''))
    .execute();
  if (!only) {
    const message = `There is no gateway "${gateway}"${region === undefined ? '' : ` in the region ${region}`}.`;
    throw new GatehouseError('not_found', { message });
  }
  if (second) throw new UsageError(`Several regions have a gateway "${gateway}": give --region.`);
  return only.id;
}

export const list = defineCommand({
  meta: { name: 'list', description: 'Lists the tokens of gateways, never their secrets' },
  args: { ...gatewayOptions, ...databaseOptions },
  async run({ args }) {
    const { listGatewayTokens } = await import('../../gateways/tokens.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { gateway, region } = args;
    const tokens = await withDatabase(args, async ({ db }) =>
      listGatewayTokens(db, gateway === undefined ? null : await gatewayNamed(db, { gateway, region })),
    );
    for (const { id, gateway: name, region: place, createdAt, lastUsedAt, revokedAt } of tokens) {
      const words = [
        id,
        name,
        place,
        `created ${createdAt}`,
        lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`,
        revokedAt === null ? 'live' : `revoked ${revokedAt}`,
      ];
      process.stdout.write(`${words.join('\t')}\n`);
    }
  },
});

export const revoke = defineCommand({
  meta: {
    name: 'revoke',
    description:
      'Ends a gateway’s token for good, or all that a gateway has; it goes on enforcing what it knows',
  },
  args: {
    id: { type: 'positional', required: false, description: 'As “token list” shows it' },
    ...gatewayOptions,
    ...databaseOptions,
  },
  async run({ args }) {
    const { id, gateway, region } = args;
    if ((id === undefined) === (gateway === undefined)) {
      throw new UsageError('Give either the ID of a token or --gateway NAME.');
    }
    if (id !== undefined && !z.uuid().safeParse(id).success) {
      throw new UsageError(`"${id}" is no token’s ID; “gatehouse token list” shows them.`);
    }
    const { revokeGatewayTokens } = await import('../../gateways/tokens.ts');
    const { withDatabase } = await import('../with-database.ts');
    const count = await withDatabase(args, async (deps) =>
      revokeGatewayTokens(
        deps,
        gateway === undefined
          ? { token: id ?? '' }
          : { gateway: await gatewayNamed(deps.db, { gateway, region }) },
      ),
    );
    process.stdout.write(`Revoked ${count} ${count === 1 ? 'token' : 'tokens'}.\n`);
  },
});

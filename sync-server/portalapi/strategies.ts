/** Auth strategies in the words of the Portal API v2 (rule 33). */
import { z } from 'zod';
import type { Row } from '../../domain/entities.ts';
import type { AuthStrategy, PortalAuthStrategy } from '../../domain/wire/portal-v2.ts';
import type { Db } from '../db/schema.ts';

type Strategy = Row<'strategy'>;

/** What a strategy's free-form configuration may say about itself; all else is the gateways' business. */
const publicConfig = z.object({
  keyNames: z.array(z.string()).min(1).catch(['apikey']),
  authMethods: z.array(z.string()).min(1).catch(['bearer']),
});

function configOf(strategy: Strategy): z.infer<typeof publicConfig> {
  const config = publicConfig.safeParse(strategy.config);
  return config.success ? config.data : { keyNames: ['apikey'], authMethods: ['bearer'] };
}

export function credentialType(
  strategy: Pick<Strategy, 'kind' | 'dynamicRegistration'>,
): PortalAuthStrategy['credential_type'] {
  if (strategy.kind === 'key-auth') return 'key_auth';
  return strategy.dynamicRegistration ? 'client_credentials' : 'self_managed_client_credentials';
}

/** Names of the headers that carry a key, or the accepted ways of authenticating a client. */
export function authMethods(strategy: Strategy): string[] | undefined {
  return strategy.kind === 'key-auth' ? undefined : configOf(strategy).authMethods;
}

export function portalAuthStrategy(strategy: Strategy): PortalAuthStrategy {
  const { id, name } = strategy;
  const type = credentialType(strategy);
  const config = configOf(strategy);
  return type === 'key_auth'
    ? { id, name, credential_type: type, key_names: config.keyNames }
    : { id, name, credential_type: type, auth_methods: config.authMethods };
}

/** The shorter form, without the names of the key's header. */
export function authStrategy(strategy: Strategy): AuthStrategy {
  const { id, name } = strategy;
  const type = credentialType(strategy);
  return type === 'key_auth'
    ? { id, name, credential_type: type }
    : { id, name, credential_type: type, auth_methods: configOf(strategy).authMethods };
}

interface MayHaveStrategy {
  readonly strategyId: string | null;
}

/** Finds the strategy of each of these rows, where it has one: in one query for all of them. */
export async function strategiesOf(
  db: Db,
  rows: readonly MayHaveStrategy[],
): Promise<(row: MayHaveStrategy) => Strategy | undefined> {
  const wanted = [...new Set(rows.flatMap(({ strategyId }) => strategyId ?? []))];
  if (wanted.length === 0) return () => undefined;
  const found = await db.selectFrom('strategies').selectAll().where('id', 'in', wanted).execute();
  const byId = new Map(found.map((strategy) => [strategy.id, strategy]));
  return ({ strategyId }) => (strategyId === null ? undefined : byId.get(strategyId));
}

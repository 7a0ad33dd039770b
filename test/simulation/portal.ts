/** The lasting part of a simulated portal. */
import type { Row } from '../../domain/entities.ts';
import { uuidv7 } from '../../domain/ids.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import type { Dice } from './dice.ts';

export const system = { actor: 'system' } as const;
export const createdAt = '2026-01-02T03:04:05.678Z';
export const region = 'eu';

/** What outlives a schedule. */
export interface Ground {
  readonly portal: Row<'portal'>;
  readonly strategies: readonly Row<'strategy'>[];
  readonly gateways: readonly Row<'gateway'>[];
  readonly services: readonly Row<'service'>[];
}

export const made = (id: string) => ({ id, revision: 1, createdAt });

export async function layGround({ commit }: AppDeps, gateways: number, dice: Dice): Promise<Ground> {
  const id = (): string => uuidv7(Date.parse(createdAt), dice.bytes(10));
  const strategies = ['key-auth', 'other'].map((name): Row<'strategy'> => ({
    ...made(id()),
    portalId: null,
    region,
    name,
    kind: 'key-auth',
    dynamicRegistration: false,
    config: {},
  }));
  const portalId = id();
  const portal: Row<'portal'> = {
    ...made(portalId),
    portalId,
    region,
    name: 'simulated',
    displayName: 'Simulated',
    description: '',
    isPublic: false,
    autoApproveDevelopers: false,
    autoApproveApplications: false,
    defaultStrategyId: strategies[0]?.id ?? null,
    theme: {},
  };
  const edges = Array.from({ length: gateways }, (_, number): Row<'gateway'> => ({
    ...made(id()),
    portalId: null,
    region,
    name: `edge-${number}`,
  }));
  const services = edges.map((edge): Row<'service'> => ({
    ...made(id()),
    portalId: null,
    gatewayId: edge.id,
    name: 'weather',
    path: '/weather',
    upstream: null,
    open: false,
    maxStaleness: null,
  }));
  await commit(async (change) => {
    await change.put('strategy', strategies, system);
    await change.put('portal', [portal], system);
    await change.put('gateway', edges, system);
    await change.put('service', services, system);
  });
  return { portal, strategies, gateways: edges, services };
}

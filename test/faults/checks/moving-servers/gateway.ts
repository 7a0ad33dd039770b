/** A gateway that follows through the balancer: the real agent, whose target only takes note. */
import { rm } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../../../../gateway/agent.ts';
import { createClient } from '../../../../gateway/pull/client.ts';
import { parseToken } from '../../../../gateway/pull/token.ts';
import { openStore } from '../../../../gateway/state/store.ts';
import { silent } from '../../../../gateway/testing/world.ts';
import { createSmallPortal, type SmallPortal } from '../../../../sync-server/gateways/testing.ts';
import { createGatewayToken } from '../../../../sync-server/gateways/tokens.ts';
import type { Cluster } from '../../../support/cluster.ts';

export interface Follower {
  readonly small: SmallPortal;
  /** The cursor that it enforces and has acknowledged with a digest that the server agreed to, else null. */
  acknowledged(): string | null;
  /** Whole states it has taken so far; the first is due. */
  snapshots(): number;
  close(): Promise<void>;
}

export async function startFollower({ side, balancer }: Cluster): Promise<Follower> {
  const { deps } = side;
  const small = await createSmallPortal(deps.commit);
  const { fingerprint } = deps.key;
  const text = await createGatewayToken(deps, { gateway: small.gateway.id, fingerprint });
  const token = parseToken(text);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'));
  const store = await openStore(folder, token.text);
  let loads = 0;
  const agent = await startAgent({
    client: createClient({ server: balancer.url, token, waitSeconds: 1, stallSeconds: 2 }),
    store,
    createTarget: ({ enforced }) =>
      Promise.resolve({
        load: () => {
          loads += 1;
          enforced();
          return Promise.resolve();
        },
        apply: () => {
          enforced();
          return Promise.resolve();
        },
        refresh: () => Promise.resolve(),
        health: () => ({ live: true, detail: '' }),
        close: () => Promise.resolve(),
      }),
    log: silent,
    now: Date.now,
  });
  return {
    small,
    acknowledged: () => agent.status().acknowledged,
    snapshots: () => loads,
    async close() {
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

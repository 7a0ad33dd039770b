/** Points the demo's services elsewhere, where the usual port of its API is taken. */
import type { Deps } from '../config/deps.ts';

/** Keeps each path; touches only services whose upstream is on this machine's loopback, as the demo's are. */
export async function pointServices({ commit }: Pick<Deps, 'commit'>, address: string): Promise<void> {
  await commit(async (change) => {
    const services = await change.db
      .selectFrom('services')
      .innerJoin('gateways', 'gateways.id', 'services.gatewayId')
      .selectAll('services')
      .where('gateways.name', '=', 'local')
      .execute();
    const moved = services.flatMap((service) => {
      const upstream = moveTo(service.upstream, address);
      return upstream === service.upstream ? [] : [{ ...service, upstream, revision: service.revision + 1 }];
    });
    await change.put('service', moved, { actor: 'system' });
  });
}

function moveTo(upstream: string | null, address: string): string | null {
  if (upstream === null) return null;
  const url = new URL(upstream);
  if (url.hostname !== '127.0.0.1') return upstream;
  const { pathname } = url;
  return new URL(address).origin + (pathname === '/' ? '' : pathname);
}

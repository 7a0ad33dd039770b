/** What gateways should let through, from the rows: the domain's own effective access, key by key and service by service. */
import { effectiveAccess } from '../../domain/access.ts';
import type { Enforced } from './gateway.ts';
import { liveKey, usableConnection } from './gateway.ts';
import type { Scene } from './scene.ts';
import type { Rows } from './rows.ts';

const pair = (hash: string, service: string): string => `${hash.slice(0, 12)} → ${service}`;

/** The pairs of key and service of a scene that pass at a gateway, by what it enforces. */
export function passing({ open }: Enforced, scene: Scene, services: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const { id, applicationId } of scene.credentials) {
    const hash = scene.hashes.get(id) ?? '';
    if (!open.has(liveKey(hash, applicationId))) continue;
    for (const service of services)
      if (open.has(usableConnection(applicationId, service))) found.add(pair(hash, service));
  }
  return found;
}

/** The same by the rows, for the services of one gateway. */
export function entitled(rows: Rows, scene: Scene, gateway: string, now: string): Set<string> {
  const found = new Set<string>();
  for (const { id } of scene.credentials) {
    const credential = rows.credential.get(id) ?? null;
    const application = rows.application.get(credential?.applicationId ?? '') ?? null;
    const developer = rows.developer.get(application?.developerId ?? '') ?? null;
    for (const registration of rows.registration.values()) {
      if (registration.applicationId !== application?.id) continue;
      const publication = rows.publication.get(registration.publicationId) ?? null;
      for (const { serviceId, versionId } of rows.link.values()) {
        if (versionId !== registration.versionId || rows.service.get(serviceId)?.gatewayId !== gateway)
          continue;
        const facts = { developer, application, credential, registration, publication, linked: true, now };
        if (effectiveAccess(facts).open) found.add(pair(scene.hashes.get(id) ?? '', serviceId));
      }
    }
  }
  return found;
}

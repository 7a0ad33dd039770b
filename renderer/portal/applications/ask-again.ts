import type { Answer } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';
import type { Connection } from './words.ts';

/**
 * Asks for access once more (rule 31). An old request that stands in the way is removed first; the new one is a new
 * request all the same, and goes to an admin where one had said no.
 */
export async function askAgain(
  api: Pick<PortalApi, 'requestAccess' | 'deleteRegistration'>,
  application: string,
  { id, versionId }: Pick<Connection, 'id' | 'versionId'>,
): Promise<Answer<unknown>> {
  const asked = await api.requestAccess(application, versionId);
  if (asked.ok || asked.failure.code !== 'already_registered') return asked;
  const removed = await api.deleteRegistration(application, id);
  return removed.ok ? api.requestAccess(application, versionId) : removed;
}

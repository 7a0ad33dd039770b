import { good, type Answer, type Told } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';
import { applicationBody, type ApplicationValues } from './checks.ts';
import type { RegisterPage } from './load-register.ts';

export interface Registered {
  /** The application that asked. */
  readonly application: string;
  /** Why access could not be requested for an application that had just been created: it is there all the same. */
  readonly refused: Told | null;
}

type Choice = { readonly application: string } | { readonly values: ApplicationValues };

/** Requests access; a new application gets the version's own strategy (rule 14). */
export async function register(
  api: Pick<PortalApi, 'createApplication' | 'requestAccess'>,
  { version, view }: Pick<RegisterPage, 'version' | 'view'>,
  choice: Choice,
): Promise<Answer<Registered>> {
  if ('application' in choice) {
    const asked = await api.requestAccess(choice.application, version.id);
    return asked.ok ? good({ application: choice.application, refused: null }) : asked;
  }
  const created = await api.createApplication({
    ...applicationBody(choice.values),
    ...(view.strategy ? { auth_strategy_id: view.strategy.id } : {}),
  });
  if (!created.ok) return created;
  const asked = await api.requestAccess(created.value.id, version.id);
  return good({ application: created.value.id, refused: asked.ok ? null : asked.failure });
}

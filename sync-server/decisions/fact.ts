/** What a requester is told of a decision, from the rows it was made on. */
import type { Target } from '../../domain/intents.ts';
import type { Action } from '../../domain/states.ts';
import type { DecisionFact } from './notify.ts';
import type { WorkingRows } from './rows.ts';

/** One fact, or none where the requester is not known any more. */
export function factOf(
  rows: WorkingRows,
  { kind, id }: Target,
  action: Action,
  reason: string | null,
): DecisionFact[] {
  const registration = kind === 'registration' ? (rows.registration.get(id) ?? null) : null;
  const credential = kind === 'credential' ? (rows.credential.get(id) ?? null) : null;
  const applicationId =
    kind === 'application' ? id : (registration?.applicationId ?? credential?.applicationId ?? '');
  const application = rows.application.get(applicationId) ?? null;
  const developer = rows.developer.get(kind === 'developer' ? id : (application?.developerId ?? ''));
  if (!developer) return [];
  return [{ kind, id, action, reason, developer, application, registration, credential }];
}

/** What the domain's rule is shown of the rows. */
import type { Row } from '../../domain/entities.ts';
import type { Judged, JudgedTarget, View } from '../../domain/decide.ts';
import type { Target } from '../../domain/intents.ts';
import type { WorkingRows } from './rows.ts';

type Decided = Row<'developer'> | Row<'application'> | Row<'registration'> | Row<'publication'>;

function judged(row: Decided): Judged {
  const { id, revision, contentRevision, decidedRevision, decidedBy, decidedAt, decidedAction, reason } = row;
  const decision =
    decidedBy !== null && decidedAt !== null && decidedAction !== null
      ? { actor: decidedBy, at: decidedAt, action: decidedAction, reason }
      : null;
  return { id, revision, contentRevision, decidedRevision, decision };
}

/** Keys are only ever closed by admins, so nothing of theirs is judged but the state. */
function judgedCredential({ id, revision, state }: Row<'credential'>): JudgedTarget {
  return { id, revision, state, contentRevision: 0, decidedRevision: 0, decision: null };
}

export function judgedTarget(rows: WorkingRows, { kind, id }: Target): JudgedTarget | null {
  if (kind === 'credential') {
    const credential = rows.credential.get(id);
    return credential ? judgedCredential(credential) : null;
  }
  const row = rows[kind].get(id);
  return row ? { ...judged(row), state: row.state } : null;
}

/** The rows beside the target that an intent on it is judged by. */
export function relatedRows(rows: WorkingRows, { kind, id }: Target): View['related'] {
  const registration = kind === 'registration' ? rows.registration.get(id) : undefined;
  const application = rows.application.get(kind === 'application' ? id : (registration?.applicationId ?? ''));
  const developer = application && rows.developer.get(application.developerId);
  const publication = registration && rows.publication.get(registration.publicationId);
  return {
    ...(application ? { application: judged(application) } : {}),
    ...(developer ? { developer: judged(developer) } : {}),
    ...(publication ? { publication: judged(publication) } : {}),
  };
}

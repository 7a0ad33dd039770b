/** Decisions of admins. */
import { entries } from './entry.ts';

export const decisions = entries({
  already_decided: { status: 409, message: 'It is already so.', mend: 'Nothing to do.' },
  content_changed: {
    status: 409,
    message: 'The request changed since you looked.',
    mend: 'Look at it again, then decide.',
  },
  decided_otherwise: {
    status: 409,
    message: 'Somebody decided otherwise first.',
    mend: 'Accept their decision, or ask again.',
  },
  illegal_transition: {
    status: 409,
    message: 'That is not possible from its present state.',
    mend: 'Look at its state, then choose another action.',
  },
  intent_reused: {
    status: 409,
    message: 'This decision id was used for another decision.',
    mend: 'Decide again; the app makes a new id.',
  },
  target_gone: {
    status: 404,
    message: 'It does not exist any more, or you may not see it.',
    mend: 'Nothing to do.',
  },
  undo_too_late: {
    status: 409,
    message: 'It has left this device already.',
    mend: 'Decide the opposite instead.',
  },
});

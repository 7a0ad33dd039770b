/** The portal’s pages. */
import { entries } from './entry.ts';

export const pages = entries({
  answer_unreadable: {
    status: 502,
    message: 'The server answered something that this page does not understand.',
    mend: 'Reload the page; if it stays, tell the portal’s owner.',
  },
  unreachable: {
    status: 503,
    message: 'The portal cannot be reached just now.',
    mend: 'Check your connection, then try again. Nothing was lost.',
  },
});

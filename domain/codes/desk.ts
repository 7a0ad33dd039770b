/** The desk, on its own machine. */
import { entries } from './entry.ts';

export const desk = entries({
  desk_gone: {
    status: 503,
    message: 'The desk is not answering.',
    mend: 'Start it again; every decision that was shown is kept.',
  },
  offline: {
    status: 503,
    message: 'The server cannot be reached.',
    mend: 'Go on working; what you decide is kept and sent later.',
  },
  signed_out: { status: 401, message: 'You are not signed in on this desk.', mend: 'Sign in.' },
  folder_in_use: {
    status: 409,
    message: 'Another desk is using this data folder.',
    mend: 'Use that one, or start with another --data-dir.',
  },
  disk_full: {
    status: 507,
    message: 'The disk is full; the decision was not recorded.',
    mend: 'Free some space and decide again.',
  },
  journal_damaged: {
    status: 500,
    message: 'The decision journal is damaged in the middle.',
    mend: 'Keep the file and ask for help; nothing was thrown away.',
  },
  journal_unwritable: {
    status: 500,
    message: 'The decision journal cannot be written; the decision was not recorded.',
    mend: 'Check the disk and the rights of the data folder, then decide again.',
  },
  replica_failed: {
    status: 500,
    message: 'The local copy could not answer.',
    mend: 'Try again; if it stays, start the desk anew: it fetches what it needs.',
  },
  desk_failed: {
    status: 500,
    message: 'Something went wrong in the desk; no decision was lost.',
    mend: 'Try again; if it stays, start the desk anew.',
  },
  pages_missing: {
    status: 500,
    message: "The desk's pages have not been built.",
    mend: 'Run npm run build, then start the desk again.',
  },
  undelivered: {
    status: 409,
    message: 'Some decisions could not be delivered.',
    mend: 'Connect and try again, or keep or discard them.',
  },
});

/** Snapshots, changes and the sync socket. */
import { entries } from './entry.ts';

export const replication = entries({
  cursor_gone: {
    status: 410,
    message: 'The change log no longer reaches back that far.',
    mend: 'Load a new snapshot.',
  },
  cursor_ahead: {
    status: 410,
    message: 'The cursor is ahead of the server or of another epoch.',
    mend: 'Load a new snapshot.',
  },
  scope_changed: { status: 410, message: 'What you may see has changed.', mend: 'Load a new snapshot.' },
  snapshot_gone: {
    status: 410,
    message: 'That snapshot has been replaced by a newer one.',
    mend: 'Ask for the manifest again.',
  },
  frame_damaged: {
    status: 400,
    message: 'A frame arrived damaged.',
    mend: 'Reconnect; the app does so by itself.',
  },
  frame_too_large: {
    status: 413,
    message: 'A frame was larger than the server takes.',
    mend: 'Send at most a mebibyte in one frame; the app does so by itself.',
  },
  document_refused: {
    status: 403,
    message: 'This document is not yours to write.',
    mend: 'Write only to your own intent document.',
  },
  desk_outdated: {
    status: 426,
    message: 'This desk is older than the server, and would misunderstand it.',
    mend: 'Update the desk. What was decided is kept, and is sent then.',
  },
  server_outdated: {
    status: 426,
    message: 'The server is older than this desk, and would misunderstand it.',
    mend: 'Have the server updated. What was decided is kept, and is sent then.',
  },
  session_changed: {
    status: 403,
    message: 'Your rights have changed.',
    mend: 'Reconnect; the app does so by itself.',
  },
  connection_replaced: {
    status: 409,
    message: 'This device has connected anew.',
    mend: 'Nothing to do; the newer connection goes on.',
  },
});

/** Backups, restores and what is kept beside the database for them. */
import { entries } from './entry.ts';

export const backups = entries({
  backup_failed: {
    status: 500,
    message: 'The backup could not be made; no file was left under its name.',
    mend: 'Check the folder, its rights and the free space, then try again.',
  },
  backup_exists: {
    status: 409,
    message: 'There is a file of that name already.',
    mend: 'Choose another --out.',
  },
  backup_damaged: {
    status: 400,
    message: 'This is no backup, or it is not whole; nothing was changed.',
    mend: 'Take another copy of the file, or an earlier backup.',
  },
  backup_newer: {
    status: 400,
    message: 'The backup was made by a newer Gatehouse; nothing was changed.',
    mend: 'Restore it with that release or a later one.',
  },
  restore_not_empty: {
    status: 409,
    message: 'The database is not empty; nothing was changed.',
    mend: 'Restore into an empty --data-dir, or say --replace to give up what is there.',
  },
  restore_reopens: {
    status: 409,
    message: 'What closed access after the backup is not known here; nothing was changed.',
    mend: 'Give the whole closings log of every server (--closings), with its .head file, or say --accept-reopened and close by hand what must stay closed.',
  },
  closings_unwritable: {
    status: 503,
    message: 'The closings log cannot be written; nothing was changed.',
    mend: 'Check its disk and rights (GATEHOUSE_CLOSINGS_LOG), then try again.',
  },
  closings_damaged: {
    status: 500,
    message: 'The closings log is damaged; nothing was changed.',
    mend: 'Bring an undamaged copy; or take out the line by hand, close what it named, and make a backup.',
  },
});

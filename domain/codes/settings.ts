/** Settings, files and commands. */
import { entries } from './entry.ts';

export const settings = entries({
  portal_file_invalid: {
    status: 400,
    message: 'The portal file has mistakes.',
    mend: 'Correct the lines that are listed; nothing was changed.',
  },
  portal_missing: {
    status: 404,
    message: 'There is no portal here; nothing was made.',
    mend: 'Check --data-dir and --database-url (GATEHOUSE_DATA_DIR, DATABASE_URL); “gatehouse server” makes a new one.',
  },
  port_taken: { status: 409, message: 'The port is in use.', mend: 'Choose another port.' },
  settings_unsafe: {
    status: 500,
    message: 'The database is set so that it may lose commits.',
    mend: 'Turn on fsync, full_page_writes and synchronous_commit.',
  },
});

/** Settings, files and commands. */
import { entries } from './entry.ts';

export const settings = entries({
  portal_file_invalid: {
    status: 400,
    message: 'The portal file has mistakes.',
    mend: 'Correct the lines that are listed; nothing was changed.',
  },
  file_unusable: {
    status: 400,
    message: 'A file or folder that was named cannot be used.',
    mend: 'Check its name, its rights and the free space, then try again.',
  },
  file_exists: {
    status: 409,
    message: 'There is a file of that name already.',
    mend: 'Choose another name, or move the file away.',
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

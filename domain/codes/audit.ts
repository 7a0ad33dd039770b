/** The audit: exports, verification, erasure. */
import { entries } from './entry.ts';

export const audit = entries({
  audit_export_unreadable: {
    status: 400,
    message: 'This is no export of the whole log.',
    mend: 'Export with format ndjson and without filters; CSV is for reading only.',
  },
  audit_broken: {
    status: 500,
    message: 'The change log is not what was sealed.',
    mend: 'Keep a copy of database and checkpoints, and find out who could write there.',
  },
  search_too_wide: {
    status: 400,
    message: 'Too many things have a name like that.',
    mend: 'Search for more of the name, or by id.',
  },
});

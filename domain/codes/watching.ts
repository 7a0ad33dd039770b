/** What supervisors and Prometheus ask. */
import { entries } from './entry.ts';

export const watching = entries({
  database_unsafe: {
    status: 503,
    message: 'The database is set so that it may lose commits.',
    mend: 'Turn on fsync, full_page_writes and synchronous_commit.',
  },
  migrations_differ: {
    status: 503,
    message: 'The database does not have the shape that this server was made for.',
    mend: 'Run the same version on all servers of the database, and start this one again.',
  },
  feed_behind: {
    status: 503,
    message: 'This server does not keep up with the change log.',
    mend: 'Look at the load of the machine and its database; it goes on by itself.',
  },
  metrics_refused: {
    status: 401,
    message: 'The metrics are for this machine, or for those who have the token.',
    mend: 'Set GATEHOUSE_METRICS_TOKEN and send it as a bearer token.',
  },
});

/** What the embedded database is told. */

/** The role that the server signs in as, and its database. */
export const roleName = 'gatehouse';
export const databaseName = 'gatehouse';

/** Settings by name, as PostgreSQL writes them. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Given on the command line, where neither postgresql.conf nor ALTER SYSTEM can undo them.
 *
 * `gatehouse.owner` says which process started this database, so that a later start can tell a leftover (its parent is
 * another by then) from one in use. What is logged leaves out statements and values: they hold personal data.
 */
export function serverSettings(socketFolder: string, port: number): Settings {
  return {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    port: String(port),
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    max_connections: '60',
    shared_buffers: '64MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    'gatehouse.owner': String(process.pid),
  };
}

/** `pg_hba.conf`: the socket only, and only for accounts that the map below lets in. No password anywhere. */
export const hostBasedAccess = `local all ${roleName} peer map=gatehouse\n`;

/** `pg_ident.conf`: the operating-system accounts that may be the role. */
export function identMap(accounts: readonly string[]): string {
  return [...new Set(accounts)].map((name) => `gatehouse "${name}" ${roleName}\n`).join('');
}

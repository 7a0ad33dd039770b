/** For commands beside a running server: how to reach the database that it has started. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseError } from './errors.ts';
import { locate } from './location.ts';
import type { DatabaseLog } from './log.ts';
import { databaseName, roleName } from './settings.ts';
import { socketPort } from './socket.ts';
import { connectionString, defaultSystemFolder } from './start.ts';

/** The fifth line of PostgreSQL's own lock file names the folder of its socket. */
const socketLine = 4;

/**
 * The running database of a data dir as `postgresql://…`; it holds no secret, and only accounts that may start the server get in.
 * Throws `DatabaseError`.
 */
export async function runningDatabase(
  dataDir: string,
  log: DatabaseLog,
  systemFolder: string = defaultSystemFolder,
): Promise<string> {
  const { folder } = await locate(resolve(dataDir), systemFolder, log);
  const lock = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const socket = lock.split('\n')[socketLine];
  if (socket)
    return connectionString({ host: socket, port: socketPort, user: roleName, database: databaseName });
  throw new DatabaseError(
    'database_in_use',
    `The database in ${folder} is just starting or stopping.`,
    'Try again in a moment.',
  );
}

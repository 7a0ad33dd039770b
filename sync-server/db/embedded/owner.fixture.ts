/** A server process for tests to kill: starts the database, prints what it got as one line of JSON, and stays. */
import { startEmbeddedPostgres } from './start.ts';

const [, , dataDir = '', systemFolder = ''] = process.argv;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const { pid, folder, connection } = await startEmbeddedPostgres({
  dataDir,
  systemFolder,
  log: silent,
  onExit: () => undefined,
});
process.stdout.write(`${JSON.stringify({ pid, folder, connection })}\n`);

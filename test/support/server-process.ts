/** A server as a process of its own, to be killed. Environment: DATA_DIR, PUBLIC_URL. Says its port, then serves. */
import { startServer } from '../../sync-server/server.ts';

const { DATA_DIR: dataDir, PUBLIC_URL: publicUrl } = process.env;
const server = await startServer({ flags: { dataDir, publicUrl, port: 0 }, env: {}, logLevel: 'error' });
process.stdout.write(`${server.config.port}\n`);

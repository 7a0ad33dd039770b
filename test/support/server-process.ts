/**
 * A server as a process of its own, to be killed. Environment: DATA_DIR, PUBLIC_URL, and DATABASE_URL where the database
 * is not to be its own, GATEHOUSE_WEBHOOK_PRIVATE where webhooks may go to this machine. Says its port, then serves.
 */
import { startServer } from '../../sync-server/server.ts';

const {
  DATA_DIR: dataDir,
  PUBLIC_URL: publicUrl,
  DATABASE_URL: databaseUrl,
  SECRETS_KEY: secretsKey,
} = process.env;
const webhookPrivate = process.env['GATEHOUSE_WEBHOOK_PRIVATE'];
const flags = { dataDir, publicUrl, databaseUrl, secretsKey, port: 0 };
const server = await startServer({
  flags,
  env: { GATEHOUSE_WEBHOOK_PRIVATE: webhookPrivate },
  logLevel: 'error',
});
process.stdout.write(`${server.config.port}\n`);

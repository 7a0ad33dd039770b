/** A gateway agent in a process of its own, as one runs beside HAProxy. Environment: SERVER, TOKEN, DATA_DIR, SOCKET, MAPS_DIR. */
import { runGateway } from '../../gateway/run.ts';
import { silent } from '../../gateway/testing/world.ts';

const { SERVER = '', TOKEN = '', DATA_DIR = '', SOCKET = '', MAPS_DIR = '' } = process.env;
await runGateway({
  server: SERVER,
  token: TOKEN,
  target: 'haproxy',
  dataDir: DATA_DIR,
  haproxy: { socket: SOCKET, mapsDir: MAPS_DIR },
  log: silent,
});

/** `gatehouse gateway` */
import { setTimeout as wait } from 'node:timers/promises';
import { defineCommand } from 'citty';
import type { AgentStatus } from '../../../gateway/agent.ts';
import type { Gateway } from '../../../gateway/run.ts';
import { UsageError } from '../exits.ts';
import { letGo, sayReady, untilStopped } from '../lifetime.ts';
import { wholeNumber } from '../number.ts';

const tokenVariable = 'GATEHOUSE_GATEWAY_TOKEN';

export const gateway = defineCommand({
  meta: { name: 'gateway', description: 'Enforces keys and connections beside your APIs' },
  args: {
    server: {
      type: 'string',
      valueHint: 'URL',
      default: 'http://localhost:8080',
      description: 'The server it hears from',
    },
    token: {
      type: 'string',
      valueHint: 'TOKEN',
      description: `From "gatehouse token create --gateway"; better given as ${tokenVariable}, which no process list shows`,
    },
    target: {
      type: 'enum',
      options: ['proxy', 'haproxy'],
      default: 'proxy',
      description: 'What enforces: the built-in proxy (for development), or an HAProxy that it feeds',
    },
    'data-dir': {
      type: 'string',
      valueHint: 'DIR',
      default: '.data/gateway',
      description: 'Where verified state is kept, for starts without the server',
    },
    port: { type: 'string', valueHint: 'N', default: '8000', description: 'Port that calls come to' },
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      default: '127.0.0.1',
      description: 'Address that calls come to',
    },
    'metrics-port': {
      type: 'string',
      valueHint: 'N',
      description: 'Answers /healthz, /readyz and /metrics on this port, to this machine only',
    },
    socket: {
      type: 'string',
      valueHint: 'FILE',
      default: '/run/haproxy/gatehouse.sock',
      description: 'HAProxy: its runtime socket',
    },
    'maps-dir': {
      type: 'string',
      valueHint: 'DIR',
      default: '/var/lib/gatehouse/maps',
      description: 'HAProxy: the folder of its maps',
    },
    'write-config': {
      type: 'string',
      valueHint: 'FILE',
      description: 'HAProxy: writes a haproxy.cfg for these options and empty maps, then ends',
    },
    log: {
      type: 'enum',
      options: ['silent', 'error', 'warn', 'info', 'debug'],
      default: 'info',
      description: 'How much to log',
    },
  },
  async run({ args }) {
    const port = wholeNumber('port', args.port, 0, 65_535);
    const { host, socket, target } = args;
    const watched = args['metrics-port'];
    const metricsPort = watched === undefined ? undefined : wholeNumber('metrics-port', watched, 0, 65_535);
    const mapsDir = args['maps-dir'];
    const configFile = args['write-config'];
    if (configFile !== undefined) {
      if (target !== 'haproxy') throw new UsageError('--write-config goes with --target haproxy.');
      const { prepareHaproxy } = await import('../../../gateway/haproxy/prepare.ts');
      await prepareHaproxy(configFile, { host, port, socket, mapsDir });
      process.stdout.write(`Wrote ${configFile}; start HAProxy with it, then this without --write-config.\n`);
      return;
    }
    const token = args.token ?? process.env[tokenVariable];
    if (!token) throw new UsageError(`A token is missing: give --token or set ${tokenVariable}.`);

    const { runGateway } = await import('../../../gateway/run.ts');
    const { createLog } = await import('../../config/log.ts');
    const stopped = untilStopped();
    const running = await runGateway({
      server: args.server,
      token,
      target,
      dataDir: args['data-dir'],
      port,
      host,
      ...(metricsPort === undefined ? {} : { metricsPort }),
      ...(target === 'haproxy' ? { haproxy: { socket, mapsDir } } : {}),
      log: createLog(args.log),
    });
    try {
      if (process.send) {
        const { failure } = await enforcing(running, stopped);
        sayReady({
          port: running.port,
          metricsPort: running.metricsPort,
          trouble: failure && `${failure.message} ${failure.mend}`,
        });
      }
      if (!process.send && running.port !== null) {
        process.stderr.write(`Calls go to http://localhost:${running.port}. Ctrl+C stops it.\n`);
      }
      if (!process.send && running.metricsPort !== null) {
        process.stderr.write(`Metrics are on http://localhost:${running.metricsPort}/metrics.\n`);
      }
      await stopped;
    } finally {
      await running.close();
      letGo();
    }
  },
});

/** How long a parent waits to hear that keys work, in milliseconds; then it hears what is the trouble. */
const patience = 10_000;

/** Waits until traffic meets what the server says now, so that a key which works there works here. */
async function enforcing({ status }: Gateway, stopped: Promise<void>): Promise<AgentStatus> {
  let over = false;
  void stopped.then(() => (over = true));
  const end = Date.now() + patience;
  for (;;) {
    const now = status();
    if ((now.connected && now.cursor !== null && now.target.live) || over || Date.now() > end) return now;
    await wait(20);
  }
}

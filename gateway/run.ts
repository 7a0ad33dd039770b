/** A gateway agent put together: what `gatehouse gateway` and `npm start` run. */
import type { Agent, AgentStatus } from './agent.ts';
import { startAgent } from './agent.ts';
import { createHaproxyTarget } from './haproxy/target.ts';
import type { Log } from './log.ts';
import { createClient } from './pull/client.ts';
import { parseToken } from './pull/token.ts';
import { createProxyTarget } from './proxy/target.ts';
import { openStore } from './state/store.ts';
import type { Target, TargetContext } from './target.ts';
import { listenForWatchers, type WatchingPort } from './watching/listen.ts';
import { createAgentMetrics, type AgentMetrics } from './watching/metrics.ts';

export interface GatewayOptions {
  /** The sync-server's address, e.g. `http://127.0.0.1:3000`. */
  readonly server: string;
  /** `ghg_…`; the command line takes it from GATEHOUSE_GATEWAY_TOKEN too, so that it is in no process list. */
  readonly token: string;
  readonly target: 'proxy' | 'haproxy';
  /** Where verified state is kept; made with mode 0700. */
  readonly dataDir: string;
  /** Where the proxy listens; 0 for any free port. HAProxy's own port is in its configuration. */
  readonly port?: number;
  readonly host?: string;
  /** Needed for the target `haproxy`: its runtime socket and the folder of its maps, as in its configuration. */
  readonly haproxy?: { readonly socket: string; readonly mapsDir: string };
  /** Where `/healthz`, `/readyz` and `/metrics` answer, on loopback; 0 for any free port, nowhere unless told. */
  readonly metricsPort?: number;
  readonly log: Log;
  /** Milliseconds since 1970; the system's clock unless told. */
  readonly now?: () => number;
  /** Seconds that a poll may stay open; the default keeps a silent connection from hiding a change for over 2 s. */
  readonly waitSeconds?: number;
  /** Seconds after which an answer that is due counts as lost. */
  readonly stallSeconds?: number;
}

export interface Gateway {
  readonly status: () => AgentStatus;
  /** The proxy's port, null for other targets. */
  readonly port: number | null;
  /** Null where nobody is to watch. */
  readonly metricsPort: number | null;
  readonly close: () => Promise<void>;
}

const defaultPort = 8000;

/**
 * Starts the agent with what is on disk; the server need not be up.
 * @throws GatehouseError gateway_token_malformed, folder_in_use, port_taken: nothing runs then
 */
export async function runGateway(options: GatewayOptions): Promise<Gateway> {
  const { server, dataDir, log, now = Date.now, waitSeconds = 1, stallSeconds = 0.6 } = options;
  const token = parseToken(options.token);
  const store = await openStore(dataDir, token.text);
  const client = createClient({ server, token, waitSeconds, stallSeconds });
  let port: number | null = null;

  async function createTarget(context: TargetContext): Promise<Target> {
    if (options.target === 'haproxy') {
      if (!options.haproxy) throw new TypeError('the haproxy target needs its socket and its maps folder');
      return createHaproxyTarget({ ...options.haproxy, log }, context);
    }
    const { host = '127.0.0.1', port: wanted = defaultPort } = options;
    const proxy = await createProxyTarget({ host, port: wanted, log, now }, context);
    port = proxy.port;
    return proxy;
  }

  const metrics = createAgentMetrics(now);
  const { events } = metrics;
  const agent = await startAgent({ client, store, createTarget, log, now, events }).catch(
    async (error: unknown) => {
      await store.close();
      await client.close();
      throw error;
    },
  );
  const watchers = await watchersOf(options.metricsPort, metrics, agent);
  return {
    status: agent.status,
    port,
    metricsPort: watchers?.port ?? null,
    async close() {
      await watchers?.close();
      await agent.close();
    },
  };
}

/** Nothing runs where the port cannot be had. */
async function watchersOf(
  port: number | undefined,
  metrics: AgentMetrics,
  agent: Agent,
): Promise<WatchingPort | null> {
  if (port === undefined) return null;
  try {
    return await listenForWatchers(port, metrics, agent.status);
  } catch (error) {
    await agent.close();
    throw error;
  }
}

/** Gateways of both kinds, as processes of their own; what they keep and say is left in a folder. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { z } from 'zod';
import { createHaproxy, haproxyPath, type RealHaproxy } from '../../../../gateway/testing/haproxy.ts';
import { startCommand } from '../../../support/processes.ts';

const gatewayReady = z.looseObject({ port: z.int().nullable(), metricsPort: z.int().nullable() });

export interface GatewayScene {
  readonly url: string;
  readonly token: string;
  /** Where everything is left: state, logs, maps, answers. */
  readonly folder: string;
}

export interface Gateways {
  /** Calls with each key until it is let through, then once more with the key in the address too. */
  callWith(keys: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** HAProxy's only where it is installed. */
export async function startGateways(scene: GatewayScene): Promise<Gateways> {
  const all = [await startProxy(scene)];
  if (haproxyPath !== undefined) all.push(await startHaproxy(scene));
  return {
    async callWith(keys) {
      for (const { port } of all) for (const key of keys) await callUntilPassed(port, key);
    },
    async stop() {
      for (const { stop } of all) await stop();
    },
  };
}

interface Running {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function startAgent({ url, token, folder }: GatewayScene, name: string, more: readonly string[]) {
  const words = ['gateway', '--server', url, '--data-dir', join(folder, name), '--log', 'debug'];
  return startCommand([...words, '--metrics-port', '0', ...more], gatewayReady, {
    GATEHOUSE_GATEWAY_TOKEN: token,
  });
}

type Agent = Awaited<ReturnType<typeof startAgent>>;

/** What it answers to those who watch, and all that it has said. */
async function leave({ folder }: GatewayScene, name: string, agent: Agent): Promise<void> {
  const watched = `http://127.0.0.1:${agent.ready.metricsPort ?? 0}`;
  for (const path of ['metrics', 'readyz']) {
    const answer = await fetch(`${watched}/${path}`);
    await writeFile(join(folder, `${name}.${path}`), await answer.text());
  }
  await agent.stop();
  await writeFile(join(folder, `${name}.log`), agent.output());
}

async function startProxy(scene: GatewayScene): Promise<Running> {
  const agent = await startAgent(scene, 'proxy', ['--port', '0']);
  return { port: agent.ready.port ?? 0, stop: () => leave(scene, 'proxy', agent) };
}

async function startHaproxy(scene: GatewayScene): Promise<Running> {
  const haproxy = await createHaproxy();
  await haproxy.start();
  const { socket, mapsDir } = haproxy;
  const more = ['--target', 'haproxy', '--socket', socket, '--maps-dir', mapsDir];
  const agent = await startAgent(scene, 'haproxy', more);
  return {
    port: haproxy.port,
    async stop() {
      await leaveHaproxy(haproxy, join(scene.folder, 'haproxy.files'));
      await leave(scene, 'haproxy', agent);
      await haproxy.close();
    },
  };
}

const questions = ['show info', 'show stat', 'show errors', 'show sess all', 'show map', 'show env'];

/** Its files, its maps as it has them in memory, what it tells on its socket, and what it has said. */
async function leaveHaproxy(haproxy: RealHaproxy, into: string): Promise<void> {
  await mkdir(into);
  await cp(haproxy.folder, into, { recursive: true, filter: (path) => path !== haproxy.socket });
  const answers: string[] = [];
  for (const question of questions) answers.push(await ask(haproxy.socket, question));
  const maps = [...(answers[questions.indexOf('show map')] ?? '').matchAll(/^\d+ \((\S+?)\)/gm)];
  if (maps.length === 0) throw new Error('HAProxy names no maps');
  for (const [, map = ''] of maps) answers.push(await ask(haproxy.socket, `show map ${map}`));
  await writeFile(join(into, 'answers'), answers.join('\n'));
  await writeFile(join(into, 'log'), haproxy.said());
}

async function ask(path: string, question: string): Promise<string> {
  const socket = connect(path);
  socket.write(`${question}\n`);
  return readAll(socket);
}

/** Behind the gateway nobody answers: what is no refusal of the key has passed. */
const refusals = [401, 403, 404, 503];
const patience = 15_000;

async function callUntilPassed(port: number, apikey: string): Promise<void> {
  const call = async (query: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/mock${query}`, { headers: { apikey } })).status;
  for (const until = Date.now() + patience; refusals.includes(await call(''));) {
    if (Date.now() > until) throw new Error('a key that is good was never let through');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await call(`?token=${encodeURIComponent(apikey)}`);
}

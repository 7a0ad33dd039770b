/** What the first start does once the server is there: the demo portal with its people, and the gateway's token. */
import { demoSchema, type Secrets } from './next.ts';
import type { Options } from './options.ts';
import { runToEnd } from './part.ts';

interface Place {
  readonly root: string;
  readonly options: Options;
  readonly stop: AbortSignal;
}

/** Enough to show a queue at work, few enough to be there in a moment. */
const registrations = 240;

export async function loadDemo({ root, options, stop }: Place): Promise<Secrets['developer']> {
  const { dataDir, upstreamPort } = options;
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const args = ['demo', '--json', '--registrations', String(registrations), '--upstream', upstream];
  const output = await runToEnd({ name: 'demo', cwd: root, args: [...args, '--data-dir', dataDir] }, stop);
  return demoSchema.parse(JSON.parse(output)).developer;
}

export async function makeGatewayToken({ root, options, stop }: Place): Promise<string> {
  const args = ['token', 'create', '--gateway', 'local', '--region', 'local', '--data-dir', options.dataDir];
  return (await runToEnd({ name: 'token', cwd: root, args }, stop)).trim();
}

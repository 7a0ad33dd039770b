/** Whether the ports are free, before anything is started: one message for all that are not. */
import { createServer } from 'node:net';
import { portOptions, type Options } from './options.ts';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen({ host: '127.0.0.1', port }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/** A line for each port that is taken, and how to have another one. */
export async function takenPorts(options: Options): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, what, flag, variable } of portOptions) {
    const port = options[name];
    if (await isFree(port)) continue;
    lines.push(
      `Port ${port}, for ${what}, is in use: npm start -- --${flag} ${port + 1000}, or set ${variable}.`,
    );
  }
  return lines;
}

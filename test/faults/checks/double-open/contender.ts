/** Starts contender-process.ts, and talks to it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordSchema, type Order, type Word } from './words.ts';

export interface Contender {
  /** Opens the folder at this moment, in milliseconds since 1970. */
  open(folder: string, at: number): Promise<Word>;
  close(): Promise<void>;
  kill(): Promise<void>;
}

export const journalIn = (folder: string): string => join(folder, 'journals', 'race.journal');

const program = fileURLToPath(new URL('./contender-process.ts', import.meta.url));

export async function startContender(): Promise<Contender> {
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const next = async (): Promise<Word> => {
    const heard: unknown[] = await once(child, 'message');
    return wordSchema.parse(heard[0]);
  };
  const tell = (order: Order): Promise<Word> => {
    const answer = next();
    child.send(order);
    return answer;
  };
  await next();
  return {
    open: (folder, at) => tell({ t: 'open', folder, at }),
    close: async () => void (await tell({ t: 'close' })),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Starts desk-process.ts, talks to it and kills it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Person } from '../../support/sign-in.ts';
import { wordSchema, type Order, type Word } from './desk-words.ts';

export interface DeskApart {
  /** Resolves once the desk says that it has recorded them. Never, if it is killed before. */
  decide(ids: readonly string[]): Promise<void>;
  /** Resolves once everything is answered. */
  settled(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('./desk-process.ts', import.meta.url));

/** Resolves when the desk is open and signed in; throws where it ends before. */
export async function startDeskApart(dataDir: string, server: string, person: Person): Promise<DeskApart> {
  const { email, password } = person;
  const child = fork(program, [], {
    env: { ...process.env, DATA_DIR: dataDir, SERVER: server, EMAIL: email, PASSWORD: password },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const heard = (t: Word['t']): Promise<void> =>
    new Promise((resolve) => {
      const listen = (message: unknown): void => {
        if (wordSchema.parse(message).t !== t) return;
        child.off('message', listen);
        resolve();
      };
      child.on('message', listen);
    });
  const tell = (order: Order, answer: Word['t']): Promise<void> => {
    const answered = heard(answer);
    child.send(order, () => undefined);
    return answered;
  };
  const ended = async (end: () => void): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    end();
    await gone;
  };
  await Promise.race([
    heard('ready'),
    once(child, 'exit').then(() => {
      throw new Error('the desk ended before it was ready');
    }),
  ]);
  return {
    decide: (ids) => tell({ t: 'decide', ids: [...ids] }, 'decided'),
    settled: () => tell({ t: 'settle' }, 'settled'),
    kill: () => ended(() => child.kill('SIGKILL')),
    close: () => ended(() => void child.send({ t: 'close' } satisfies Order)),
  };
}

/** The process that owns the copy, with its syncs noted, that can be asked and that ends with the power. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ChildPort, Launch } from '../../../../main/core/replica/port.ts';

const entry = fileURLToPath(new URL('../../../../main/core/replica/owner.ts', import.meta.url));
const noting = new URL('./sync-log.ts', import.meta.url).href;
const answerSchema = z.looseObject({ id: z.number(), ok: z.boolean(), value: z.unknown() });
const rowsSchema = z.array(z.unknown());

export interface PoweredOwner {
  readonly launch: Launch;
  /** Asks the copy itself. */
  readonly query: (sql: string) => Promise<{ readonly rows: readonly unknown[] }>;
  /** SIGKILL, and no other one comes up after it. */
  readonly powerOff: () => Promise<void>;
}

/** A process that never was: its end is told at once. */
const nobody: ChildPort = {
  send: () => undefined,
  onMessage: () => undefined,
  onClose: (listener) => void setImmediate(listener),
  kill: () => undefined,
};

export function poweredOwner(log: string): PoweredOwner {
  let child: ReturnType<typeof fork> | null = null;
  let off = false;
  let asked = 0;
  return {
    launch: () => {
      if (off) return nobody;
      const mine = fork(entry, [], {
        serialization: 'advanced',
        execArgv: ['--import', noting],
        env: { ...process.env, SYNC_LOG: log },
        // PGlite says a good deal about a copy that it cannot open.
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child = mine;
      return {
        send: (message) => {
          if (typeof message === 'object' && message !== null) mine.send(message, () => undefined);
        },
        onMessage: (listener) => mine.on('message', listener),
        onClose: (listener) => mine.on('exit', listener),
        kill: () => mine.kill('SIGKILL'),
      };
    },
    query: (sql) =>
      new Promise((resolve, reject) => {
        if (!child) return reject(new Error('the copy is not open'));
        const mine = child;
        const id = --asked;
        const listen = (message: unknown): void => {
          const answer = answerSchema.parse(message);
          if (answer.id !== id) return;
          mine.off('message', listen);
          if (answer.ok) resolve({ rows: rowsSchema.parse(answer.value) });
          else reject(new Error('the copy did not answer'));
        };
        mine.on('message', listen);
        mine.send({ id, call: 'query', input: { sql, binds: [] } }, () => undefined);
      }),
    powerOff: async () => {
      off = true;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/**
 * An agent as a process of its own, to be killed. Its target never takes a change over once told to hang: what is on disk
 * then was persisted and not applied. Environment: SERVER, TOKEN, DATA_DIR, HANG_AFTER (cursor).
 */
import { startAgent } from '../agent.ts';
import { createClient } from '../pull/client.ts';
import { parseToken } from '../pull/token.ts';
import { openStore } from '../state/store.ts';
import type { Target } from '../target.ts';
import { silent } from './world.ts';

const { SERVER = '', TOKEN = '', DATA_DIR = '', HANG_AFTER = '' } = process.env;
const token = parseToken(TOKEN);

await startAgent({
  client: createClient({ server: SERVER, token, waitSeconds: 1, stallSeconds: 0.6 }),
  store: await openStore(DATA_DIR, token.text),
  createTarget: async ({ held, enforced }): Promise<Target> => ({
    load: async () => {
      enforced();
    },
    apply: async () => {
      const envelope = held()?.envelope;
      const cursor = envelope ? `${envelope.epoch}:${envelope.to}` : '';
      process.stdout.write(`${cursor}\n`);
      if (cursor === HANG_AFTER) await new Promise(() => undefined);
      enforced();
    },
    refresh: async () => undefined,
    health: () => ({ live: true, detail: '' }),
    close: async () => undefined,
  }),
  log: silent,
  now: Date.now,
});
process.stdout.write('started\n');

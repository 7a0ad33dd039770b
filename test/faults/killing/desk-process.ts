/**
 * A desk as a process of its own, to be killed. Environment: DATA_DIR, SERVER, EMAIL, PASSWORD. It keeps its tokens in a
 * file as a keychain would, signs in where it has none, and takes words over IPC.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { settled, testDesk } from '../../../main/core/testing/desk.ts';
import type { SecretStore } from '../../../main/core/session/secrets.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { hurriedClock } from './deciding.ts';
import { keychainOf, orderSchema, type Word } from './desk-words.ts';

const {
  DATA_DIR: dataDir,
  SERVER: server,
  EMAIL: email,
  PASSWORD: password,
} = z
  .object({ DATA_DIR: z.string(), SERVER: z.string(), EMAIL: z.string(), PASSWORD: z.string() })
  .parse(process.env);

/** Outlives the process, as the system's keychain does. */
function fileSecrets(path: string): SecretStore {
  const read = async (): Promise<Record<string, string>> => {
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  };
  const change = async (account: string, secret: string | null): Promise<void> => {
    const { [account]: _old, ...others } = await read();
    const next = secret === null ? others : { ...others, [account]: secret };
    await writeFile(path, JSON.stringify(next), { mode: 0o600 });
  };
  return {
    kind: 'keychain',
    get: async (account) => (await read())[account] ?? null,
    set: change,
    remove: (account) => change(account, null),
  };
}

const say = (word: Word): void => void process.send?.(word);

const desk = await testDesk({
  dataDir,
  server,
  clock: hurriedClock,
  secrets: fileSecrets(keychainOf(dataDir)),
  openBrowser: formBrowser({ email, password }),
});

process.on('message', (message) => {
  const order = orderSchema.parse(message);
  if (order.t === 'decide') {
    const targets = order.ids.map((id) => ({ kind: 'developer' as const, id }));
    void desk
      .ask('decide', { action: 'approve', targets, reason: null })
      .then(({ recorded }) => say({ t: 'decided', recorded }));
  } else if (order.t === 'settle') {
    void desk.until(settled).then(() => say({ t: 'settled' }));
  } else {
    void desk.close().then(() => process.exit(0));
  }
});

if (!(await desk.ask('session.get', {})).signedIn) await desk.signIn();
say({ t: 'ready' });

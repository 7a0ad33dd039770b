/**
 * Where tokens live: the system's keychain, or, where there is none that works, this process's memory. Never a file.
 */
import { z } from 'zod';

export interface SecretStore {
  readonly kind: 'keychain' | 'memory';
  get(account: string): Promise<string | null>;
  set(account: string, secret: string): Promise<void>;
  remove(account: string): Promise<void>;
}

const service = 'gatehouse-desk';

export function memorySecrets(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    kind: 'memory',
    get: async (account) => secrets.get(account) ?? null,
    set: async (account, secret) => void secrets.set(account, secret),
    remove: async (account) => void secrets.delete(account),
  };
}

/** The part of keytar that is used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const keytarSchema = z.custom<Keytar>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'getPassword' in value &&
    'setPassword' in value &&
    'deletePassword' in value,
);

/** Loads keytar, which is optional: its native library needs libsecret, and a session that has a secret service. */
async function loadKeytar(): Promise<Keytar> {
  const loaded: unknown = await import('keytar');
  const inner: unknown =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
  return keytarSchema.parse(inner);
}

/** Writes, reads and removes something: a library that loads may still have nothing behind it, or one that is locked. */
async function probe(keytar: Keytar, nonce: string): Promise<boolean> {
  const account = `probe-${nonce}`;
  await keytar.setPassword(service, account, nonce);
  const found = await keytar.getPassword(service, account);
  return (await keytar.deletePassword(service, account)) && found === nonce;
}

/** How long a keychain may think; one that asks for a password in a window nobody sees must not hold the desk up. */
const patience = 3_000;

function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The keychain where it works, else memory. */
export async function openSecrets(
  nonce: string,
  load: () => Promise<Keytar> = loadKeytar,
): Promise<SecretStore> {
  try {
    const keytar = await load();
    if (!(await within(probe(keytar, nonce), patience))) return memorySecrets();
    return {
      kind: 'keychain',
      get: (account) => keytar.getPassword(service, account),
      set: (account, secret) => keytar.setPassword(service, account, secret),
      remove: async (account) => void (await keytar.deletePassword(service, account)),
    };
  } catch {
    return memorySecrets();
  }
}

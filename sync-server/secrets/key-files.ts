/**
 * The key that seals secrets which the server has to read again. It lives outside the database, so that a copy of the
 * database alone opens none of them: `GATEHOUSE_SECRETS_KEY`, else a file (0600) in the data folder. While the key is being
 * changed there is a second one: `GATEHOUSE_SECRETS_KEY_NEXT`, else a file beside it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../db/embedded/errors.ts';

const keyBytes = 32;
export const secretsKeyFile = 'secrets.key';
const formerPrefix = `${secretsKeyFile}.former.`;

/** Where keys are found: the environment's in base64. */
export interface KeyPlace {
  readonly dataDir: string;
  readonly secretsKey: string | null;
  readonly secretsKeyNext: string | null;
}

export interface FoundKeys {
  readonly current: Buffer | null;
  /** The one that the secrets are being sealed with anew, or were. */
  readonly next: Buffer | null;
}

/** Several servers on one database need the same: give it to them in the environment. */
export async function findKeys(place: KeyPlace): Promise<FoundKeys> {
  const { dataDir, secretsKey, secretsKeyNext } = place;
  const { key, next } = pathsOf(dataDir);
  return {
    current: secretsKey === null ? await readKey(key) : Buffer.from(secretsKey, 'base64'),
    next: inFiles(place) ? await readKey(next) : fromText(secretsKeyNext),
  };
}

/** Whether the server keeps its keys itself; else they come and go with the environment. */
export function inFiles({ secretsKey, secretsKeyNext }: KeyPlace): boolean {
  return secretsKey === null && secretsKeyNext === null;
}

export function newKey(): Buffer {
  return randomBytes(keyBytes);
}

/** The first key of a folder: whole or not at all; where another process was faster, its key counts. */
export async function makeKey(dataDir: string): Promise<Buffer> {
  const { key: path } = pathsOf(dataDir);
  await mkdir(dataDir, { recursive: true });
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeKey(beside, newKey());
  try {
    await link(beside, path).catch(unless('EEXIST'));
  } finally {
    await rm(beside, { force: true });
  }
  const key = await readKey(path);
  if (!key) throw new Error(`${path} went away while it was made.`);
  return key;
}

/** Puts the next key beside the present one, safe from a power cut, before anything is sealed with it. */
export async function keepNextKey(dataDir: string, key: Buffer): Promise<void> {
  const { next } = pathsOf(dataDir);
  await rm(next, { force: true });
  await writeKey(next, key);
  await syncFolder(dataDir);
}

/** The next key was never used: whoever began with it did not come to the end. */
export async function dropNextKey(dataDir: string): Promise<void> {
  await rm(pathsOf(dataDir).next, { force: true });
}

/**
 * The next key takes the present one's place, in one step. The former stays beside it under another name, for backups that
 * were made under it. Does nothing where another process has done it already.
 */
export async function promoteNextKey(dataDir: string): Promise<void> {
  const { key, next } = pathsOf(dataDir);
  const [former, waiting] = [await readKey(key), await readKey(next)];
  if (!waiting) return;
  if (former) await link(key, join(dataDir, formerPrefix + nameOf(former))).catch(unless('EEXIST'));
  await rename(next, key).catch(unless('ENOENT'));
  await syncFolder(dataDir);
}

/** Those that were changed for another one and are still in the folder. */
export async function findFormerKeys(dataDir: string): Promise<readonly Buffer[]> {
  const names = await readdir(dataDir).catch(unless('ENOENT'));
  const former = (names ?? []).filter((name) => name.startsWith(formerPrefix));
  const keys = await Promise.all(former.map((name) => readKey(join(dataDir, name))));
  return keys.filter((key) => key !== null);
}

/** Tells former keys apart; says nothing about what they are. */
function nameOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function pathsOf(dataDir: string): { readonly key: string; readonly next: string } {
  const key = join(dataDir, secretsKeyFile);
  return { key, next: `${key}.next` };
}

function fromText(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64');
}

async function readKey(path: string): Promise<Buffer | null> {
  const text = await readFile(path, 'utf8').catch(unless('ENOENT'));
  if (text === undefined) return null;
  const key = Buffer.from(text, 'base64');
  if (key.length === keyBytes) return key;
  // A next key that was cut off while it was written has sealed nothing yet.
  if (path === pathsOf(dirname(path)).next) return null;
  throw new Error(`${path} holds no key of ${keyBytes} bytes.`);
}

async function writeKey(path: string, key: Buffer): Promise<void> {
  await writeFile(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Passes over a failed system call with this code. */
function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (systemCode(error) !== code) throw error;
  };
}

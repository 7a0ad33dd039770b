/**
 * The key that seals secrets which the server has to read again. It lives outside the database, so that a copy of the
 * database alone opens none of them: `GATEHOUSE_SECRETS_KEY`, else a file (0600) in the data folder.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';

const keyBytes = 32;
export const secretsKeyFile = 'secrets.key';

/** 32 bytes. Several servers on one database need the same: give it to them in the environment. */
export async function loadSecretsKey(config: Pick<Config, 'dataDir' | 'secretsKey'>): Promise<Buffer> {
  if (config.secretsKey !== null) return Buffer.from(config.secretsKey, 'base64');
  const path = join(config.dataDir, secretsKeyFile);
  return (await readKey(path)) ?? makeKey(config.dataDir, path);
}

async function readKey(path: string): Promise<Buffer | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const key = Buffer.from(text, 'base64');
  if (key.length !== keyBytes) throw new Error(`${path} holds no key of ${keyBytes} bytes.`);
  return key;
}

/** Whole or not at all; where another process was faster, its key counts. */
async function makeKey(dataDir: string, path: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true });
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const options = { mode: 0o600, flag: 'wx', flush: true } as const;
  await writeFile(beside, `${randomBytes(keyBytes).toString('base64')}\n`, options);
  try {
    await link(beside, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(beside, { force: true });
  }
  const key = await readKey(path);
  if (!key) throw new Error(`${path} went away while it was made.`);
  return key;
}

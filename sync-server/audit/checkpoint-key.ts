/**
 * The key that signs checkpoints. It lives beside the checkpoints and never in the database: whoever can rewrite the log
 * there must not be able to sign what they made of it.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverKey, type ServerKey } from '../signing/key.ts';

export const checkpointKeyFile = 'checkpoint-key.pem';

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Null where there is none yet. */
export async function readCheckpointKey(dataDir: string): Promise<ServerKey | null> {
  try {
    return serverKey(createPrivateKey(await readFile(join(dataDir, checkpointKeyFile))));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Made at the first start; whole or not at all, and where another process was faster, its key counts. */
export async function loadCheckpointKey(dataDir: string): Promise<ServerKey> {
  const known = await readCheckpointKey(dataDir);
  if (known) return known;
  await mkdir(dataDir, { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  const path = join(dataDir, checkpointKeyFile);
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(beside, pem, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(beside, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(beside, { force: true });
  }
  const made = await readCheckpointKey(dataDir);
  if (!made) throw new Error(`${path} went away while it was made.`);
  return made;
}

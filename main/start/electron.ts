/** Fetches Electron's binary, which its package leaves to the first use; gives up where nothing arrives. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How long nothing may arrive, in milliseconds. */
const patience = 5_000;

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Whether the binary is there afterwards. What arrives is seen as files that grow: the download's, then the unpacked ones. */
export async function fetchElectron(stop: AbortSignal): Promise<boolean> {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return false;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-electron-'));
  const end = new AbortController();
  const child = spawn(process.execPath, [join(folder, 'install.js')], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
    signal: AbortSignal.any([end.signal, stop]),
  });
  const done = new Promise<boolean>((resolve) => {
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
  void done.then(() => {
    end.abort();
  });
  let size = -1;
  let grown = Date.now();
  while (!end.signal.aborted && !stop.aborted) {
    const now = (await sizeOf(scratch)) + (await sizeOf(join(folder, 'dist')));
    if (now !== size) grown = Date.now();
    size = now;
    if (Date.now() - grown > patience) end.abort();
    await wait(500, undefined, { signal: end.signal }).catch(() => undefined);
  }
  const fetched = await done;
  await rm(scratch, { recursive: true, force: true });
  return fetched;
}

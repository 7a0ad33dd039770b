/** The desk in its own window, wherever the Electron binary is; the loopback host shows the same pages everywhere else. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron, expect, test } from '@playwright/test';
import { electronBinary } from '../../main/electron-binary.ts';

const root = join(import.meta.dirname, '../..');
const binary = electronBinary();

test('the desk opens in a locked-down window of its own', async () => {
  test.skip(binary === null, 'needs the Electron binary, and an account that is not root');
  await promisify(execFile)('npm', ['run', 'build:electron'], { cwd: root });
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-electron-'));
  const app = await _electron.launch({
    ...(binary === null ? {} : { executablePath: binary }),
    args: [join(root, 'out/electron/main/main.js')],
    env: {
      ...process.env,
      GATEHOUSE_SERVER: 'http://127.0.0.1:9',
      GATEHOUSE_DATA_DIR: dataDir,
      GATEHOUSE_HOLD: '1000',
    },
  });
  try {
    const page = await app.firstWindow();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    expect(page.url()).toMatch(/^app:/);
    expect(await page.evaluate(() => 'require' in globalThis || 'process' in globalThis)).toBe(false);
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

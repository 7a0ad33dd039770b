/** Whether Electron can run here: its npm package is only a launcher, which downloads when it is imported. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Null on Windows. */
  readonly uid: number | null;
}

function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

/** The binary's path where it has been fetched and can open a window; never fetches. */
export function electronBinary(
  { env, platform, uid }: Surroundings = {
    env: process.env,
    platform: process.platform,
    uid: process.getuid?.() ?? null,
  },
  folder: string | null = packageFolder(),
): string | null {
  // Chromium's sandbox does not run as root, and without a sandbox we do not run.
  if (!folder || uid === 0) return null;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return null;
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const dist = env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
  const binary = join(dist, readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

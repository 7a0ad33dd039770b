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

function ownSurroundings(): Surroundings {
  return { env: process.env, platform: process.platform, uid: process.getuid?.() ?? null };
}

/** Whether Electron could open a window here, were its binary there. */
export function couldRunElectron({ env, platform, uid }: Surroundings = ownSurroundings()): boolean {
  // Chromium's sandbox does not run as root, and without a sandbox we do not run.
  if (uid === 0) return false;
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/** The binary's path where it has been fetched and can open a window; never fetches. */
export function electronBinary(
  surroundings: Surroundings = ownSurroundings(),
  folder: string | null = packageFolder(),
): string | null {
  if (!folder || !couldRunElectron(surroundings)) return null;
  const { env } = surroundings;
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const dist = env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
  const binary = join(dist, readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

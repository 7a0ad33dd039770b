/** Shows an address in the admin's browser, where there is a screen and something that opens addresses. */
import { spawn } from 'node:child_process';

interface Opener {
  readonly command: string;
  readonly args: readonly string[];
}

function openers(url: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Opener[] {
  if (platform === 'darwin') return [{ command: 'open', args: [url] }];
  // `start` is a word of cmd.exe, which would take `&` for its own; explorer takes the address as it is.
  if (platform === 'win32') return [{ command: 'explorer', args: [url] }];
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return [];
  const chromiums = ['chromium', 'chromium-browser', 'google-chrome'];
  return [
    { command: 'xdg-open', args: [url] },
    ...chromiums.map((command) => ({ command, args: [`--app=${url}`] })),
  ];
}

/** Long enough for an opener to fail, in milliseconds; one that still runs is the browser itself. */
const settling = 2_000;

function works({ command, args }: Opener): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
    const timer = setTimeout(() => resolve(true), settling);
    const done = (worked: boolean): void => {
      clearTimeout(timer);
      resolve(worked);
    };
    child.on('error', () => done(false));
    child.on('exit', (code) => done(code === 0));
    child.unref();
  });
}

/** False where nothing could open it: then the address is printed. */
export async function openInBrowser(
  url: string,
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  for (const opener of openers(url, platform, env)) {
    if (await works(opener)) return true;
  }
  return false;
}

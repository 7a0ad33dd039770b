/** The pages are built where they are missing or older than their sources. */
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One thing that a bundler makes of the sources. */
export interface Build {
  readonly name: string;
  /** Written last, so it tells when. */
  readonly result: string;
  readonly sources: readonly string[];
  /** The bundler's package, its file below it, and what to tell it. */
  readonly tool: readonly [name: string, file: string, ...args: string[]];
}

const shared = ['domain', 'renderer/ui', 'renderer/vite.page.config.ts', 'package-lock.json'];

const pages = (name: string): Build => ({
  name: `${name} pages`,
  result: `out/${name}/index.html`,
  sources: [`renderer/${name}`, ...shared],
  tool: ['vite', 'bin/vite.js', 'build', '--config', `renderer/vite.${name}.config.ts`],
});

export const browserPages: readonly Build[] = [pages('admin'), pages('portal')];

export const electronShell: Build = {
  name: 'desk app',
  result: 'out/electron/renderer/index.html',
  sources: ['main', 'renderer/admin', 'electron.vite.config.ts', ...shared],
  tool: ['electron-vite', 'bin/electron-vite.js', 'build'],
};

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** The time of the newest file in it. Tests count too: they are few, and to know them costs more than a build now and then. */
async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(0, ...(await Promise.all(files.map((file) => timeOf(join(file.parentPath, file.name))))));
}

export async function isStale(root: string, { result, sources }: Build): Promise<boolean> {
  const built = await timeOf(join(root, result));
  const times = await Promise.all(sources.map((source) => newest(join(root, source))));
  return built < Math.max(...times);
}

/** Null where it worked, else what the bundler said. */
export async function build(root: string, { tool }: Build, stop: AbortSignal): Promise<string | null> {
  const [name, file, ...args] = tool;
  let program: string;
  try {
    program = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
  } catch {
    return `${name} is not installed: run npm ci (without --omit=dev).`;
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: stop,
      killSignal: 'SIGTERM',
    });
    let output = '';
    const note = (text: string): void => {
      output = (output + text).slice(-4_000);
    };
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code) => {
      resolve(code === 0 ? null : output.trim());
    });
  });
}

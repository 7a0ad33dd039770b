/**
 * What the tests need from the machine beside npm's packages. On Debian as root what is missing gets installed;
 * elsewhere it is named, together with the tests that are skipped for want of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env, getuid, platform } from 'node:process';

export type NeedName = 'chromium' | 'haproxy' | 'libsecret' | 'gnome-keyring' | 'dbus';

interface Need {
  readonly name: NeedName;
  /** Debian's package that brings it. */
  readonly debian: string;
  /** The tests that cannot run without it, in words for a person. */
  readonly tests: string;
  readonly isThere: () => boolean;
}

/** `PATH` of a plain user leaves out where daemons live. */
const programFolders = [...(env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a program, or undefined. */
const findProgram = (name: string): string | undefined =>
  programFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));

/** Chromium as named by CHROMIUM, else the system's. */
export const chromiumPath = (): string | undefined => env['CHROMIUM'] ?? findProgram('chromium');

export const haproxyPath = (): string | undefined => findProgram('haproxy');

/** A shared library in one of the places where Linux keeps them: /usr/lib or a folder of the architecture. */
function hasLibrary(file: string): boolean {
  if (!existsSync('/usr/lib')) return false;
  const folders = readdirSync('/usr/lib', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['', ...folders.map((entry) => entry.name)].some((name) => existsSync(join('/usr/lib', name, file)));
}

const needs: readonly Need[] = [
  {
    name: 'chromium',
    debian: 'chromium',
    tests: 'everything in a browser',
    isThere: () => existsSync(chromiumPath() ?? ''),
  },
  {
    name: 'haproxy',
    debian: 'haproxy',
    tests: 'enforcement by HAProxy',
    isThere: () => haproxyPath() !== undefined,
  },
  {
    name: 'libsecret',
    debian: 'libsecret-1-0',
    tests: 'secrets in the keychain',
    isThere: () => hasLibrary('libsecret-1.so.0'),
  },
  {
    name: 'gnome-keyring',
    debian: 'gnome-keyring',
    tests: 'secrets in the keychain',
    isThere: () => findProgram('gnome-keyring-daemon') !== undefined,
  },
  {
    name: 'dbus',
    debian: 'dbus',
    tests: 'secrets in the keychain',
    isThere: () => findProgram('dbus-run-session') !== undefined,
  },
];

/** For `skipIf`: whether any of these is missing, so that the test cannot run on this machine. */
export const lacks = (...names: NeedName[]): boolean =>
  needs.some((need) => names.includes(need.name) && !need.isThere());

/**
 * Installs or names what is missing, each as one line to `say`. False where this machine could have been prepared and
 * was not: skipping would then hide a fault.
 */
export function prepareSystem(say: (line: string) => void): boolean {
  const missing = needs.filter((need) => !need.isThere());
  if (missing.length === 0) return true;
  if (!isDebianAsRoot()) {
    missing.forEach((need) => say(asSkip(need)));
    return true;
  }
  const packages = missing.map((need) => need.debian);
  say(`installing from Debian what the tests need: ${packages.join(', ')}`);
  const failure = aptGet('update') ?? aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (failure !== undefined) say(failure);
  const still = missing.filter((need) => !need.isThere());
  still.forEach((need) => say(asSkip(need)));
  return still.length === 0;
}

const asSkip = (need: Need): string =>
  `missing: ${need.name} (Debian: ${need.debian}); skipped without it: ${need.tests}`;

const isDebianAsRoot = (): boolean =>
  platform === 'linux' &&
  getuid?.() === 0 &&
  existsSync('/etc/debian_version') &&
  findProgram('apt-get') !== undefined;

/** Runs apt-get without questions; what it said last when it fails. */
function aptGet(...args: string[]): string | undefined {
  const run = spawnSync('apt-get', args, {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (run.status === 0) return undefined;
  const said = run.stderr.trim().split('\n').at(-1) ?? '';
  return `apt-get ${args[0] ?? ''} failed: ${said}`;
}

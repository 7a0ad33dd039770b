/** A secret service of the test's own: a D-Bus session with an unlocked GNOME keyring, as a desktop has it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Keyring {
  /** For the environment of processes that shall use it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return line;
}

const question = [
  '--session',
  '--print-reply',
  '--dest=org.freedesktop.DBus',
  '/',
  'org.freedesktop.DBus.NameHasOwner',
];

async function isServed(env: NodeJS.ProcessEnv): Promise<boolean> {
  const { stdout } = await run('dbus-send', [...question, 'string:org.freedesktop.secrets'], { env });
  return stdout.includes('boolean true');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

export async function startKeyring(): Promise<Keyring> {
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-keyring-'));
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const env = { DBUS_SESSION_BUS_ADDRESS: await firstLine(bus), XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home };
  const childEnv = { ...process.env, ...env };
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env: childEnv,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  daemon.stdin.end('a password for this run\n');
  // It says nothing when it serves, but the bus knows.
  while (!(await isServed(childEnv))) await wait(20);
  return {
    env,
    async stop() {
      await end(daemon);
      await end(bus);
      await rm(home, { recursive: true, force: true });
    },
  };
}

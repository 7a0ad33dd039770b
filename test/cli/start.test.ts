/** `npm start`, from an empty folder to nothing left running. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePorts, gatehouse, launch, listen, processesWith, root, scratch, type Scratch } from './spawn.ts';

let place: Scratch;
let dataDir: string;
let ports: number[];
let key: string;

beforeAll(async () => {
  place = await scratch();
  dataDir = join(place.folder, 'data');
  ports = await freePorts(4);
});

afterAll(() => place.remove());

/** Whatever a test leaves running, when it fails midway. */
let left: ReturnType<typeof launch> | null = null;

afterEach(async () => {
  if (!left || left.exitCode !== null || left.signalCode !== null) return;
  const closed = once(left, 'close');
  left.kill('SIGTERM');
  await closed;
});

function options(): string[] {
  const [server = 0, gateway = 0, desk = 0, upstream = 0] = ports.map(String);
  return ['--data-dir', dataDir, '--no-open', '--port', String(server)].concat(
    ['--gateway-port', String(gateway), '--desk-port', String(desk)],
    ['--upstream-port', String(upstream)],
  );
}

function start() {
  const child = launch([join(root, 'main/start.ts'), ...options()]);
  left = child;
  return { child, ...listen(child) };
}

async function call(apikey: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${ports[1] ?? 0}/mock`, { headers: { apikey } });
  await answer.body?.cancel();
  return answer.status;
}

/** Seconds, as it says itself. */
const timeIn = (said: string): number => Number(/running, after ([\d.]+) s/.exec(said)?.[1]);

it('starts from nothing, and the line that it shows calls the API', { timeout: 120_000 }, async () => {
  const { child, until, ended } = start();
  const said = await until(/Ctrl\+C stops all of it/);
  key = /apikey: (ghk_\w+)/.exec(said)?.[1] ?? '';
  expect(said).toMatch(/First admin, for the desk +admin@localhost +\S+\n/);
  expect(said).toMatch(/Demo developer, for the portal +dana@example\.com +\S+\n/);
  expect(said).toContain(`Data     ${dataDir}`);
  expect(timeIn(said)).toBeLessThan(60);
  expect([await call(key), await call('')]).toEqual([200, 401]);
  for (const path of ['/', '/dev/mail']) {
    expect((await fetch(`http://127.0.0.1:${ports[0] ?? 0}${path}`)).status).toBe(200);
  }
  // The gateway's token is in it.
  expect((await stat(join(dataDir, 'start.json'))).mode & 0o777).toBe(0o600);

  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
  expect(await processesWith(dataDir)).toEqual([]);
});

it('starts again within 5 s, tells no secret twice, and the key still works', async () => {
  const { child, until, ended } = start();
  const said = await until(/Ctrl\+C stops all of it/);
  expect(said).toContain('{API_KEY}');
  expect(said).not.toMatch(/ghk_|shown this once/);
  expect(timeIn(said)).toBeLessThan(5);
  expect(await call(key)).toBe(200);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  expect(await processesWith(dataDir)).toEqual([]);
});

it('gives the gateway another token where its own was revoked', async () => {
  const revoked = await gatehouse(['token', 'revoke', '--gateway', 'local', '--data-dir', dataDir]);
  expect(revoked.stdout).toBe('Revoked 1 token.\n');
  const { child, until, ended } = start();
  expect(await until(/Ctrl\+C stops all of it/)).not.toContain('hears nothing');
  expect(await call(key)).toBe(200);
  child.kill('SIGTERM');
  await ended;
});

it('names a part that dies, and stops the others', async () => {
  const { until, ended } = start();
  await until(/Ctrl\+C stops all of it/);
  const [gateway] = await processesWith(`--data-dir ${join(dataDir, 'gateway')}`);
  if (!gateway) throw new Error('the gateway is not running');
  process.kill(gateway.pid, 'SIGKILL');
  const { code, stdout } = await ended;
  expect(code).toBe(1);
  expect(stdout).toContain('The gateway ended (SIGKILL)');
  expect(await processesWith(dataDir)).toEqual([]);
});

it('leaves nothing behind when it is killed itself', async () => {
  const { child, until, ended } = start();
  await until(/Ctrl\+C stops all of it/);
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => processesWith(dataDir), { timeout: 15_000 }).toEqual([]);
});

it('stops in order when npm is told to, which tells its shell only', async () => {
  const npm = spawn('npm', ['start', '--', ...options()], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  left = npm;
  const { until, ended } = listen(npm);
  await until(/Ctrl\+C stops all of it/);
  npm.kill('SIGTERM');
  expect((await ended).stdout).toMatch(/Stopped\.\n$/);
  expect(await processesWith(dataDir)).toEqual([]);
});

it('says which ports are taken and how to have others, and starts nothing', async () => {
  const blocker = createServer().listen(ports[1] ?? 0, '127.0.0.1');
  await once(blocker, 'listening');
  const { code, stdout } = await start().ended;
  await once(blocker.close(), 'close');
  expect(code).toBe(3);
  expect(stdout).toMatch(
    new RegExp(
      `^Port ${ports[1] ?? 0}, for the gateway, is in use: .*--gateway-port .*GATEHOUSE_GATEWAY_PORT`,
    ),
  );
  expect(stdout).not.toContain('starting');
});

it.each([
  [['--port', 'x'], '--port (GATEHOUSE_PORT) is a port'],
  [['--prot', '1'], "Unknown option '--prot'"],
])('refuses %j', async (args, said) => {
  const { code, stderr } = await listen(launch([join(root, 'main/start.ts'), ...args])).ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
});

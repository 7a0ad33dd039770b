/** Commands that change a server's data: beside a running server, and without one. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandLine, freePorts, gatehouse, launch, listen, root, scratch, type Scratch } from './spawn.ts';

let place: Scratch;
let here: string[];

beforeAll(async () => {
  place = await scratch();
  here = ['--data-dir', join(place.folder, 'data')];
});

afterAll(() => place.remove());

const demoSchema = z.object({
  portals: z.string(),
  developer: z.object({ email: z.string(), password: z.string().nullable(), key: z.string().nullable() }),
  added: z.object({ developers: z.number(), applications: z.number(), registrations: z.number() }),
});

async function demo(registrations: number) {
  const { code, stdout, stderr } = await gatehouse([
    'demo',
    '--json',
    '--registrations',
    String(registrations),
    ...here,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  return demoSchema.parse(JSON.parse(stdout));
}

describe('without a server', () => {
  it('fills the demo once, shows its secrets once, and adds only what is missing', async () => {
    const first = await demo(50);
    expect(first.portals).toBe('applied');
    expect(first.added.registrations).toBe(50);
    expect(first.developer.key).toMatch(/^ghk_[0-9A-Za-z]{28}$/);
    expect(first.developer.password).not.toBeNull();

    const nothing = { developers: 0, applications: 0, registrations: 0 };
    const second = await demo(50);
    expect(second).toEqual({
      portals: 'kept',
      developer: { email: first.developer.email, password: null, key: null },
      added: nothing,
    });
    expect((await demo(80)).added.registrations).toBe(30);
  });

  it('applies a portal file as planned, and nothing the second time', async () => {
    const file = join(place.folder, 'portal.yaml');
    await writeFile(
      file,
      'gatehouse: 1\nregion: local\nstrategies:\n  - { name: mine, kind: key-auth }\nportals:\n  - { name: mine, displayName: Mine }\n',
    );
    const plan = ['create strategy mine', 'create portal mine'];
    const dry = await gatehouse(['apply', file, '--dry-run', ...here]);
    expect([dry.code, dry.stdout.split('\n')]).toEqual([0, [...plan, '2 changes to make.', '']]);
    const done = await gatehouse(['apply', file, ...here]);
    expect([done.code, done.stdout.split('\n')]).toEqual([0, [...plan, '2 changes made.', '']]);
    expect((await gatehouse(['apply', file, ...here])).stdout).toBe('Everything is already so.\n');
  });

  it('names the mistakes of a portal file by their lines', async () => {
    const file = join(place.folder, 'wrong.yaml');
    await writeFile(file, 'gatehouse: 1\nportals:\n  - name: Not A Name\n    displayName: x\n');
    const { code, stderr } = await gatehouse(['apply', file, ...here]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gatehouse: .*\[portal_file_invalid\]\n {2}line 3, portals\.0\.name: /);
  });

  it('adds an admin with a password that is shown once, or given', async () => {
    const added = await gatehouse(['admin', 'add', 'eve@example.com', '--role', 'owner', ...here]);
    expect(added.code).toBe(0);
    expect(added.stdout).toMatch(/^Added eve@example\.com \(owner\)\.\nPassword, shown this once: \S+\n$/);
    const given = ['admin', 'add', 'kim@example.com', '--role', 'viewer', '--password-stdin', ...here];
    expect((await gatehouse(given, { input: 'a long phrase\n' })).stdout).toBe(
      'Added kim@example.com (viewer).\n',
    );
    const weak = ['admin', 'add', 'weak@example.com', '--role', 'viewer', '--password-stdin', ...here];
    expect((await gatehouse(weak, { input: 'short\n' })).stderr).toMatch(/\[password_weak\]\n$/);
  });

  it('limits a product owner to products, by name, and gives the role to others', async () => {
    const owner = ['--role', 'product-owner', '--products'];
    const add = (email: string, products: string) =>
      gatehouse(['admin', 'add', email, ...owner, products, ...here]);
    expect((await add('mia@example.com', 'weather,maps')).stdout).toMatch(
      /^Added mia@example\.com \(product-owner\)\.\n/,
    );
    expect((await add('max@example.com', 'nonsense')).stderr).toContain('there is no product "nonsense"');
    const none = ['admin', 'add', 'max@example.com', '--role', 'product-owner', ...here];
    expect((await gatehouse(none)).stderr).toContain('names at least one product');
    const changed = await gatehouse(['admin', 'role', 'mia@example.com', ...owner, 'maps', ...here]);
    expect([changed.code, changed.stdout]).toEqual([0, 'mia@example.com is product-owner now.\n']);
  });

  it('refuses an admin who is there already, with exit code 3', async () => {
    const { code, stderr } = await gatehouse([
      'admin',
      'add',
      'eve@example.com',
      '--role',
      'viewer',
      ...here,
    ]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^gatehouse: .* \[admin_taken\]\n$/)]);
  });

  it('looks after admins by their addresses', async () => {
    const care = (...words: string[]) => gatehouse(['admin', ...words, ...here]);
    expect((await care('deactivate', 'kim@example.com')).stdout).toBe('Deactivated kim@example.com.\n');
    expect((await care('list')).stdout).toContain(
      'kim@example.com\tviewer\tdeactivated\tpassword only\tdevices: 0\n',
    );
    expect((await care('reactivate', 'kim@example.com')).code).toBe(0);
    const reset = await care('reset', 'EVE@example.com', '--password');
    expect(reset.stdout).toMatch(/^Reset .*\.\nPassword, shown this once: \S+\n$/);
    expect((await care('remove', 'kim@example.com')).stdout).toBe('Removed kim@example.com.\n');
    const { code, stderr } = await care('remove', 'kim@example.com');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/There is no admin kim.* \[not_found\]\n$/)]);
    const last = await care('remove', 'eve@example.com');
    expect([last.code, last.stderr]).toEqual([3, expect.stringMatching(/\[admin_last_owner\]\n$/)]);
  });

  it('says that there is no such gateway', async () => {
    const { code, stderr } = await gatehouse(['token', 'create', '--gateway', 'nowhere', ...here]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/"nowhere".* \[not_found\]\n$/)]);
  });

  it('says that a PostgreSQL cannot be reached', async () => {
    const [port] = await freePorts(1);
    const url = `postgresql://nobody@127.0.0.1:${port ?? 0}/none`;
    const { code, stderr } = await gatehouse(['demo', '--database-url', url]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^gatehouse: .* \[unavailable\]\n$/)]);
  });
});

describe('beside a running server', () => {
  it('uses its database, and what it makes works at once; a second server is refused', async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const child = launch([commandLine, 'server', ...here, '--port', String(port), '--log', 'warn']);
    const { until, ended } = listen(child);
    await until(/Ctrl\+C stops it/);

    const token = await gatehouse(['token', 'create', '--gateway', 'local', ...here]);
    expect(token.code).toBe(0);
    const snapshot = await fetch(`http://127.0.0.1:${port}/api/gateway/v1/snapshot`, {
      headers: { authorization: `Bearer ${token.stdout.trim()}` },
    });
    expect(snapshot.status).toBe(200);

    const automation = ['token', 'create', '--admin', 'eve@example.com', '--name', 'nightly', ...here];
    const bearer = await gatehouse(automation);
    expect(bearer.stdout).toMatch(/^gha_\S+\n$/);
    expect(bearer.stderr).toMatch(/on the device [0-9a-f-]{36}/);

    const second = await gatehouse(['server', ...here, '--port', String(other)]);
    expect([second.code, second.stderr]).toEqual([
      3,
      expect.stringMatching(/^gatehouse: .* \[database_in_use\]\n$/),
    ]);
    const elsewhere = ['server', '--data-dir', join(place.folder, 'other'), '--port', String(port)];
    const taken = await gatehouse(elsewhere);
    expect([taken.code, taken.stderr]).toEqual([
      3,
      expect.stringMatching(/^gatehouse: .* \[port_taken\]\n$/),
    ]);

    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  it('answers on what npx runs, too', async () => {
    const { code, stdout } = await listen(launch([join(root, 'sync-server/cli/launch.js'), '--version']))
      .ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });
});

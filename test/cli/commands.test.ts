/** The command line without a database: help, usage, exit codes. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatehouse, launch, listen, root } from './spawn.ts';

describe('help', () => {
  it.each([
    ['', /server .*\n.*desk .*\n.*gateway .*\n.*apply .*\n.*demo .*\n.*admin [^]*\n.*token /],
    ['server', /--data-dir=<DIR>[^]*--database-url=<URL>[^]*--port=<N>[^]*--development/],
    ['desk', /--server=<URL>[^]*--data-dir=<DIR>[^]*--no-open[^]*--hold=<SECONDS>/],
    ['gateway', /--token=<TOKEN>[^]*GATEHOUSE_GATEWAY_TOKEN[^]*--target=<proxy\|haproxy>/],
    ['apply', /FILE[^]*--dry-run/],
    ['demo', /--registrations=<N>[^]*--seed=<S>[^]*--json/],
    ['admin', /add +Adds an admin/],
    [
      'admin add',
      /EMAIL[^]*--role=<owner\|reviewer\|viewer\|product-owner>[^]*--products=<NAME,NAME>[^]*--password-stdin/,
    ],
    ['token create', /--gateway=<NAME>[^]*--admin=<EMAIL>/],
    ['token revoke', /ID[^]*--gateway=<NAME>[^]*--region=<REGION>/],
  ])('of "%s" names what there is and the exit codes, without colours in a pipe', async (command, said) => {
    const { code, stdout, stderr } = await gatehouse([...command.split(' ').filter(Boolean), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(said);
    expect(stdout).toMatch(/EXIT CODES\n\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
    expect(stdout).not.toContain('\u001B');
  });

  it('is what a group of commands says when none is named', async () => {
    const { code, stdout, stderr } = await gatehouse(['admin']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Adds an admin');
  });
});

describe('wrong usage', () => {
  it.each([
    [['serve'], 'There is no command "serve".'],
    [['admin', 'rename'], 'There is no command "rename".'],
    [['server', '--porto', '1'], "Unknown option '--porto'."],
    [['server', '--port'], "Option '--port <value>' argument missing."],
    [['apply', 'a.yaml', 'b.yaml'], 'There is no place for "b.yaml".'],
    [['apply'], 'Missing required positional argument: FILE.'],
    [['admin', 'add', 'a@example.com'], 'Missing required argument: --role.'],
    [
      ['admin', 'add', 'a@example.com', '--role', 'king'],
      'Expected one of: owner, reviewer, viewer, product-owner.',
    ],
    [['demo', '--registrations', '-1'], "Option '--registrations' argument is ambiguous."],
    [['demo', '--registrations', '2000000'], '--registrations is a whole number from 0 to 1000000'],
    [['gateway'], 'A token is missing: give --token or set GATEHOUSE_GATEWAY_TOKEN.'],
    [['token', 'create'], 'Give either --gateway NAME or --admin EMAIL.'],
    [['token', 'revoke'], 'Give either the ID of a token or --gateway NAME.'],
    [['token', 'revoke', 'nonsense'], '"nonsense" is no token’s ID'],
    [['desk', '--server', 'nowhere'], '--server is an address, not "nowhere".'],
  ])('%j is one line, and exit code 2', async (args, said) => {
    const { code, stdout, stderr } = await gatehouse(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/^gatehouse: .* \[usage\]\n$/);
  });

  it('names wrong settings by option and variable, a line each', async () => {
    const { code, stderr } = await gatehouse(['server', '--port', 'x', '--public-url', 'y']);
    expect(code).toBe(2);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^gatehouse: .*\[invalid_input\]$/),
      expect.stringContaining('  --port (GATEHOUSE_PORT): '),
      expect.stringContaining('  --public-url (GATEHOUSE_PUBLIC_URL): '),
      '',
    ]);
  });

  it('of the gateway’s token says what a token looks like', async () => {
    const { code, stderr } = await gatehouse(['gateway', '--token', 'x']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^gatehouse: .* \[gateway_token_malformed\]\n$/),
    ]);
  });
});

describe('an old Node', () => {
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;

  it.each([
    ['gatehouse', ['--import', pretend, join(root, 'sync-server/cli/launch.js'), '--help']],
    [
      'npm start',
      [
        '--import',
        pretend,
        '--import',
        join(root, 'sync-server/cli/node-version.js'),
        join(root, 'main/start.ts'),
        '--help',
      ],
    ],
  ])('is told by %s in one line', async (_, args) => {
    const { code, stdout, stderr } = await listen(launch(args)).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^gatehouse: Node 20\.20\.2 is too old: version 24\.7 or newer is needed\..*\n$/);
  });
});

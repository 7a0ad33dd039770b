/** What `npm start` may be told: flags first, then the environment, then defaults. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

const optionsSchema = z.object({
  /** The server's. */
  port,
  gatewayPort: port,
  deskPort: port,
  /** The demo API's. */
  upstreamPort: port,
  dataDir: z.string().min(1),
  open: z.boolean(),
});
export type Options = z.infer<typeof optionsSchema>;

/** A port, and how to have another one. */
export interface PortOption {
  readonly name: 'port' | 'gatewayPort' | 'deskPort' | 'upstreamPort';
  readonly what: string;
  readonly flag: string;
  readonly variable: string;
  readonly usual: number;
}

export const portOptions: readonly PortOption[] = [
  { name: 'port', what: 'the server', flag: 'port', variable: 'GATEHOUSE_PORT', usual: 8080 },
  {
    name: 'gatewayPort',
    what: 'the gateway',
    flag: 'gateway-port',
    variable: 'GATEHOUSE_GATEWAY_PORT',
    usual: 8000,
  },
  { name: 'deskPort', what: 'the desk', flag: 'desk-port', variable: 'GATEHOUSE_DESK_PORT', usual: 8081 },
  {
    name: 'upstreamPort',
    what: 'the demo API',
    flag: 'upstream-port',
    variable: 'GATEHOUSE_UPSTREAM_PORT',
    usual: 9001,
  },
];

export const help = `Starts Gatehouse with its demo: server, gateway, demo API and desk. Ctrl+C stops all of it.

  npm start -- [OPTIONS]

${portOptions
  .map(
    ({ flag, variable, usual, what }) =>
      `  ${`--${flag} N`.padEnd(20)} Port of ${what} (${variable}, else ${usual})`,
  )
  .join('\n')}
  --data-dir DIR       Where everything is kept (GATEHOUSE_DATA_DIR, else .data)
  --no-open            Opens no window; the desk's address is printed

EXIT CODES  0 stopped · 1 a part failed · 2 wrong usage · 3 a port is taken
`;

export type Parsed =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string };

export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): Parsed {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        ...Object.fromEntries(portOptions.map(({ flag }) => [flag, { type: 'string' } as const])),
        'data-dir': { type: 'string' },
        open: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : '').split(/\. |\n/);
    return { kind: 'wrong', reason };
  }
  if (values['help'] === true) return { kind: 'help' };
  const ports = portOptions.map(({ name, flag, variable, usual }) => [
    name,
    values[flag] ?? env[variable] ?? usual,
  ]);
  const parsed = optionsSchema.safeParse({
    ...Object.fromEntries(ports),
    dataDir: resolve(String(values['data-dir'] ?? env['GATEHOUSE_DATA_DIR'] ?? join(root, '.data'))),
    open: values['open'] ?? true,
  });
  if (parsed.success) return { kind: 'options', options: parsed.data };
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.'));
  const named = portOptions.filter(({ name }) => wrong.includes(name));
  return {
    kind: 'wrong',
    reason: named
      .map(({ flag, variable }) => `--${flag} (${variable}) is a port, from 1 to 65535`)
      .join('; '),
  };
}

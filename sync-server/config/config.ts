/** The server's settings: flags first, then the environment, then defaults; parsed once, trusted from then on. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { fieldErrors, GatehouseError } from '../../domain/errors.ts';

export const defaultPort = 8080;

const switchSchema = z
  .union([z.boolean(), z.enum(['', '0', '1', 'false', 'true'])])
  .transform((value) => value === true || value === '1' || value === 'true');

const settingsSchema = z.strictObject({
  dataDir: z.string().min(1),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'starts with postgresql://')
    .nullable(),
  host: z.string().min(1),
  port: z.coerce.number().int().min(0).max(65_535),
  publicUrl: z.url({ protocol: /^https?$/ }).nullable(),
  development: switchSchema,
  smtpUrl: z
    .string()
    .regex(/^smtps?:\/\//, 'starts with smtp:// or smtps://')
    .nullable(),
  mailFrom: z.string().min(3),
  corsOrigins: z.array(z.url({ protocol: /^https?$/ })),
  pagesDir: z.string().min(1),
  /** Where calls go, for the portal's curl lines; null where gateways are reached in ways of their own. */
  gatewayUrl: z.url({ protocol: /^https?$/ }).nullable(),
});

/** What may be given; what is left out comes from the environment or is the default. */
export interface Flags {
  readonly dataDir?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly publicUrl?: string | undefined;
  readonly development?: boolean | undefined;
  readonly smtpUrl?: string | undefined;
  readonly mailFrom?: string | undefined;
  readonly corsOrigins?: readonly string[] | undefined;
  readonly pagesDir?: string | undefined;
  readonly gatewayUrl?: string | undefined;
}

export type Settings = z.infer<typeof settingsSchema>;

/** Settings once the port is known. */
export interface Config extends Omit<Settings, 'publicUrl'> {
  /** How people reach the server, without a slash at the end. */
  readonly publicUrl: string;
  /** Whether cookies are for TLS only: as the public address is. */
  readonly cookieSecure: boolean;
}

const variables = {
  dataDir: 'GATEHOUSE_DATA_DIR',
  databaseUrl: 'DATABASE_URL',
  host: 'GATEHOUSE_HOST',
  port: 'GATEHOUSE_PORT',
  publicUrl: 'GATEHOUSE_PUBLIC_URL',
  development: 'GATEHOUSE_DEVELOPMENT',
  smtpUrl: 'GATEHOUSE_SMTP_URL',
  mailFrom: 'GATEHOUSE_MAIL_FROM',
  corsOrigins: 'GATEHOUSE_CORS_ORIGINS',
  pagesDir: 'GATEHOUSE_PAGES_DIR',
  gatewayUrl: 'GATEHOUSE_GATEWAY_URL',
} as const satisfies Record<keyof Settings, string>;

/** Throws `invalid_input` that names each wrong setting by its variable; values stay out of it. */
export function parseSettings(flags: Flags, env: Readonly<Record<string, string | undefined>>): Settings {
  const given = (name: keyof Settings): unknown => flags[name] ?? env[variables[name]];
  const origins = given('corsOrigins') ?? [];
  const parsed = settingsSchema.safeParse({
    dataDir: given('dataDir') ?? '.data',
    databaseUrl: given('databaseUrl') ?? null,
    host: given('host') ?? '127.0.0.1',
    port: given('port') ?? defaultPort,
    publicUrl: given('publicUrl') ?? null,
    development: given('development') ?? false,
    smtpUrl: given('smtpUrl') ?? null,
    mailFrom: given('mailFrom') ?? 'Gatehouse <gatehouse@localhost>',
    corsOrigins: typeof origins === 'string' ? origins.split(',').filter((origin) => origin !== '') : origins,
    pagesDir: given('pagesDir') ?? 'out/portal',
    gatewayUrl: given('gatewayUrl') ?? null,
  });
  if (!parsed.success) throw new GatehouseError('invalid_input', { fields: named(parsed.error) });
  const { dataDir, pagesDir } = parsed.data;
  return { ...parsed.data, dataDir: resolve(dataDir), pagesDir: resolve(pagesDir) };
}

function named(error: z.ZodError) {
  const names: Readonly<Record<string, string>> = variables;
  return fieldErrors(error).map(({ field, reason }) => {
    const [name = ''] = field.split('.');
    return { field: names[name] ?? field, reason };
  });
}

/** Settles what depends on the port. */
export function settle(settings: Settings, port: number): Config {
  const publicUrl = (settings.publicUrl ?? `http://localhost:${port}`).replace(/\/+$/, '');
  return { ...settings, port, publicUrl, cookieSecure: publicUrl.startsWith('https:') };
}

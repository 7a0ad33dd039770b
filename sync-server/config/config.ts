/** The server's settings: flags first, then the environment, then defaults; parsed once, trusted from then on. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { fieldErrors, GatehouseError } from '../../domain/errors.ts';

export const defaultPort = 8080;

const switchSchema = z
  .union([z.boolean(), z.enum(['', '0', '1', 'false', 'true'])])
  .transform((value) => value === true || value === '1' || value === 'true');

const issuerPattern = /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$))/;

const hour = 60 * 60 * 1000;

/** `90m`, `24h` or `7d`, in milliseconds. */
const durationSchema = z
  .string()
  .regex(/^[1-9]\d{0,4}[mhd]$/, 'is written 90m, 24h or 7d')
  .transform((text) => Number(text.slice(0, -1)) * { m: hour / 60, h: hour, d: hour * 24 }[unitOf(text)]);

function unitOf(text: string): 'm' | 'h' | 'd' {
  return text.endsWith('d') ? 'd' : text.endsWith('h') ? 'h' : 'm';
}

const keySchema = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'is not 32 bytes in base64')
  .nullable();

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
  /** Seals the secrets that the server reads again; null for the key file in the data folder. */
  secretsKey: keySchema,
  /** The key that is to take its place (`gatehouse secrets rotate`), or that has; null for the file beside the other. */
  secretsKeyNext: keySchema,
  /** Whether the former key is lost, and what it sealed given up: to be set for one start. */
  newSecretsKey: switchSchema,
  /** Whether admins must have a second factor; those without one set it up at their next sign-in. */
  requireSecondFactor: switchSchema,
  /** Addresses or networks of the balancers whose word about a client's address counts. */
  trustedProxies: z.array(
    z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'is no address and no network'),
  ),
  oidcIssuer: z
    .string()
    .regex(issuerPattern, 'starts with https:// (http:// on the loopback address only)')
    .nullable(),
  oidcClientId: z.string().min(1).nullable(),
  oidcClientSecret: z.string().min(1).nullable(),
  /** Who may read `/metrics` from elsewhere than this machine; null for nobody. */
  metricsToken: z.string().min(16, 'has less than 16 characters').nullable(),
  /** Whether webhooks may go to private addresses, of this machine or its network. */
  webhookPrivate: switchSchema,
  /** Where signed checkpoints of the change log are appended; best on a disk that the database's account cannot write. */
  checkpoints: z.string().min(1),
  /** Where each checkpoint is sent as well; null for nowhere. */
  checkpointUrl: z.url({ protocol: /^https?$/ }).nullable(),
  /** A checkpoint is made after so many entries, and after so many minutes in which there were any. */
  checkpointEntries: z.coerce.number().int().min(1),
  checkpointMinutes: z.coerce.number().min(0.01).max(1_440),
  /** Where closings are kept outside of the database; best on another disk than the database's. */
  closingsLog: z.string().min(1),
  /** Milliseconds between backups; null for none but those that are asked for. */
  backupEvery: durationSchema.nullable(),
  backupDir: z.string().min(1),
  /** How many of the backups made by the clock are kept. */
  backupKeep: z.coerce.number().int().min(1),
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
  readonly secretsKey?: string | undefined;
  readonly secretsKeyNext?: string | undefined;
  readonly newSecretsKey?: boolean | undefined;
  readonly requireSecondFactor?: boolean | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  readonly oidcIssuer?: string | undefined;
  readonly oidcClientId?: string | undefined;
  readonly oidcClientSecret?: string | undefined;
  readonly metricsToken?: string | undefined;
  readonly webhookPrivate?: boolean | undefined;
  readonly checkpoints?: string | undefined;
  readonly checkpointUrl?: string | undefined;
  readonly checkpointEntries?: number | undefined;
  readonly checkpointMinutes?: number | undefined;
  readonly closingsLog?: string | undefined;
  readonly backupEvery?: string | undefined;
  readonly backupDir?: string | undefined;
  readonly backupKeep?: number | undefined;
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
  secretsKey: 'GATEHOUSE_SECRETS_KEY',
  secretsKeyNext: 'GATEHOUSE_SECRETS_KEY_NEXT',
  newSecretsKey: 'GATEHOUSE_NEW_SECRETS_KEY',
  requireSecondFactor: 'GATEHOUSE_REQUIRE_SECOND_FACTOR',
  trustedProxies: 'GATEHOUSE_TRUSTED_PROXIES',
  oidcIssuer: 'GATEHOUSE_OIDC_ISSUER',
  oidcClientId: 'GATEHOUSE_OIDC_CLIENT_ID',
  oidcClientSecret: 'GATEHOUSE_OIDC_CLIENT_SECRET',
  metricsToken: 'GATEHOUSE_METRICS_TOKEN',
  webhookPrivate: 'GATEHOUSE_WEBHOOK_PRIVATE',
  checkpoints: 'GATEHOUSE_CHECKPOINTS',
  checkpointUrl: 'GATEHOUSE_CHECKPOINT_URL',
  checkpointEntries: 'GATEHOUSE_CHECKPOINT_ENTRIES',
  checkpointMinutes: 'GATEHOUSE_CHECKPOINT_MINUTES',
  closingsLog: 'GATEHOUSE_CLOSINGS_LOG',
  backupEvery: 'GATEHOUSE_BACKUP_EVERY',
  backupDir: 'GATEHOUSE_BACKUP_DIR',
  backupKeep: 'GATEHOUSE_BACKUP_KEEP',
} as const satisfies Record<keyof Settings, string>;

/** Throws `invalid_input` that names each wrong setting by its variable; values stay out of it. */
export function parseSettings(flags: Flags, env: Readonly<Record<string, string | undefined>>): Settings {
  const given = (name: keyof Settings): unknown => flags[name] ?? env[variables[name]];
  const dataFolder = flags.dataDir ?? env[variables.dataDir] ?? '.data';
  const parsed = settingsSchema.safeParse({
    dataDir: dataFolder,
    databaseUrl: given('databaseUrl') ?? null,
    host: given('host') ?? '127.0.0.1',
    port: given('port') ?? defaultPort,
    publicUrl: given('publicUrl') ?? null,
    development: given('development') ?? false,
    smtpUrl: given('smtpUrl') ?? null,
    mailFrom: given('mailFrom') ?? 'Gatehouse <gatehouse@localhost>',
    corsOrigins: listed(given('corsOrigins')),
    pagesDir: given('pagesDir') ?? 'out/portal',
    gatewayUrl: given('gatewayUrl') ?? null,
    secretsKey: given('secretsKey') ?? null,
    secretsKeyNext: given('secretsKeyNext') ?? null,
    newSecretsKey: given('newSecretsKey') ?? false,
    requireSecondFactor: given('requireSecondFactor') ?? false,
    trustedProxies: listed(given('trustedProxies')),
    oidcIssuer: given('oidcIssuer') ?? null,
    oidcClientId: given('oidcClientId') ?? null,
    oidcClientSecret: given('oidcClientSecret') ?? null,
    metricsToken: given('metricsToken') ?? null,
    webhookPrivate: given('webhookPrivate') ?? false,
    checkpoints: given('checkpoints') ?? join(dataFolder, 'checkpoints.log'),
    checkpointUrl: given('checkpointUrl') ?? null,
    checkpointEntries: given('checkpointEntries') ?? 1_000,
    checkpointMinutes: given('checkpointMinutes') ?? 5,
    closingsLog: given('closingsLog') ?? join(dataFolder, 'closings.log'),
    backupEvery: given('backupEvery') ?? null,
    backupDir: given('backupDir') ?? join(dataFolder, 'backups'),
    backupKeep: given('backupKeep') ?? 7,
  });
  if (!parsed.success) throw new GatehouseError('invalid_input', { fields: named(parsed.error) });
  requireWholeOidc(parsed.data);
  const { dataDir, pagesDir, checkpoints, closingsLog, backupDir } = parsed.data;
  const folders = {
    dataDir: resolve(dataDir),
    pagesDir: resolve(pagesDir),
    checkpoints: resolve(checkpoints),
    closingsLog: resolve(closingsLog),
    backupDir: resolve(backupDir),
  };
  return { ...parsed.data, ...folders };
}

/** An issuer without a client, or the other way round, would only fail when somebody signs in. */
function requireWholeOidc(settings: Settings): void {
  const names = ['oidcIssuer', 'oidcClientId', 'oidcClientSecret'] as const;
  const missing = names.filter((name) => settings[name] === null);
  if (missing.length === 0 || missing.length === names.length) return;
  const reason = 'is missing: single sign-on needs issuer, client id and client secret';
  throw new GatehouseError('invalid_input', {
    fields: missing.map((name) => ({ field: variables[name], reason })),
  });
}

/** What commas separate, in the environment. */
function listed(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',').flatMap((part) => part.trim() || []) : (value ?? []);
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

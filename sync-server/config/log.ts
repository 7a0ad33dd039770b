/**
 * The log: one JSON line an event, with level, time and, where a request caused it, the request's id. Tokens, cookies,
 * bodies and query strings never reach it: what is logged of a request or an error is chosen here, field by field.
 */
import { pino, type Logger } from 'pino';

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

interface Logged {
  readonly method?: string;
  readonly url?: string;
  readonly id?: unknown;
}

/** A query string can hold a sign-in code or a mail's token, so only the path is kept. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

/** What an address in a text may hold beside its place: credentials, and a query string with a token. */
const inAddresses = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'@]*@)?([^\s?#"']*)(?:[?#][^\s"']*)?/gi;

/** Messages of HTTP clients and drivers name the whole address that they were given. */
function withoutCredentials(text: string | undefined): string | undefined {
  return text?.replace(inAddresses, '$1$2');
}

/**
 * An error without whatever else hangs on it: PostgreSQL's carry the failing row, HTTP clients' the request with its
 * headers.
 */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error ? { code: String(error.code) } : {};
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  return {
    type: error.name,
    message: withoutCredentials(error.message),
    ...code,
    stack: withoutCredentials(error.stack),
    ...cause,
  };
}

const serializers = {
  req: ({ method, url = '', id }: Logged) => ({ method, path: withoutQuery(url), id }),
  res: ({ statusCode }: { readonly statusCode?: number }) => ({ statusCode }),
  err: errorFields,
};

/** The second line of defence, for fields that somebody passes whole. */
const secrets = [
  'access_token',
  'apikey',
  'authorization',
  'code_verifier',
  'cookie',
  'key',
  'password',
  'refresh_token',
  'secret',
  'set-cookie',
  'token',
];

export function createLog(level: LogLevel, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    serializers,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.headers["${name}"]`]),
  };
  return destination ? pino(options, destination) : pino(options);
}

/** The log: one JSON line an event. Tokens, cookies, bodies and query strings never reach it. */
import { pino, stdSerializers, type Logger } from 'pino';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

interface Logged {
  readonly method?: string;
  readonly url?: string;
  readonly id?: unknown;
}

/** A query string can hold a sign-in code or a mail's token, so only the path is kept. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

const serializers = {
  req: ({ method, url = '', id }: Logged) => ({ method, path: withoutQuery(url), id }),
  res: ({ statusCode }: { readonly statusCode?: number }) => ({ statusCode }),
  err: stdSerializers.err,
};

const secrets = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'token',
  'refresh_token',
  'code_verifier',
];

export function createLog(level: LogLevel, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    serializers,
    redact: secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.headers["${name}"]`]),
  };
  return destination ? pino(options, destination) : pino(options);
}

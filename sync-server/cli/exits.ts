/** How a failure is told at the terminal: one line with the mend, and an exit code that scripts can use. */
import { errors } from '../../domain/error-codes.ts';
import { GatehouseError, type FieldError } from '../../domain/errors.ts';
import { DatabaseError } from '../db/embedded/errors.ts';
import { fileFailure } from './files.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, refused: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For `--help`. */
export const exitCodesHelp = `EXIT CODES

  0  done
  1  it failed; the line on standard error says why
  2  wrong usage: an unknown command or option, or a value that cannot be
  3  refused: it is in use, taken, or not allowed
`;

/** What was typed cannot be: shown with the way to the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Codes that say that somebody else has it, or that it may not be. */
const refusals: ReadonlySet<string> = new Set([
  'admin_last_owner',
  'admin_taken',
  'backup_exists',
  'database_folder_foreign',
  'database_in_use',
  'device_revoked',
  'file_exists',
  'folder_in_use',
  'forbidden',
  'gateway_refused',
  'gateway_token_revoked',
  'notices_unheard',
  'port_taken',
  'restore_not_empty',
  'restore_reopens',
  'settings_unsafe',
]);

interface Told {
  readonly exit: ExitCode;
  /** The line, then one for each wrong field. */
  readonly lines: readonly string[];
}

/** `GATEHOUSE_PORT` is how the settings call what was given as `--port`, where the command has such an option. */
function fieldLine({ field, reason }: FieldError, options: readonly string[]): string {
  const variable = /^(?:GATEHOUSE_([A-Z_]+)|(DATABASE_URL))$/.exec(field);
  const flag = (variable?.[1] ?? variable?.[2])?.toLowerCase().replaceAll('_', '-');
  return `  ${flag !== undefined && options.includes(flag) ? `--${flag} (${field})` : field}: ${reason}`;
}

function line(message: string, mend: string, code: string): string {
  // One line whatever a database or the system puts into its messages.
  return `gatehouse: ${message} ${mend} [${code}]`.replace(/\s+/g, ' ');
}

const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  // PostgreSQL's own: wrong password or user, no such database, too many clients, starting or stopping.
  '28000',
  '28P01',
  '3D000',
  '53300',
  '57P03',
]);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** An AggregateError, as from connecting to several addresses, has its words in its parts. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join(', ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** @param options those that the command has */
export function tell(thrown: unknown, options: readonly string[] = []): Told {
  const error = fileFailure(thrown) ?? thrown;
  if (error instanceof UsageError) {
    return { exit: exitCodes.usage, lines: [line(error.message, 'See --help.', 'usage')] };
  }
  if (error instanceof GatehouseError) {
    const { code, message, mend, fields = [] } = error.failure;
    const exit =
      code === 'invalid_input' ? exitCodes.usage : refusals.has(code) ? exitCodes.refused : exitCodes.failed;
    return { exit, lines: [line(message, mend, code), ...fields.map((field) => fieldLine(field, options))] };
  }
  if (error instanceof DatabaseError) {
    const exit = refusals.has(error.code) ? exitCodes.refused : exitCodes.failed;
    return { exit, lines: [line(error.message, error.mend, error.code)] };
  }
  if (unreachableCodes.has(codeOf(error) ?? '')) {
    const mend = 'Check --database-url, and that PostgreSQL is running.';
    return {
      exit: exitCodes.failed,
      lines: [line(`The database cannot be reached (${messageOf(error)}).`, mend, 'unavailable')],
    };
  }
  const mend = 'Set GATEHOUSE_DEBUG=1 to see where.';
  const shown = [line(`${errors.internal.message} (${messageOf(error)})`, mend, 'internal')];
  if (process.env['GATEHOUSE_DEBUG'] && error instanceof Error) shown.push(error.stack ?? '');
  return { exit: exitCodes.failed, lines: shown };
}

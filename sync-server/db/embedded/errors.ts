/**
 * Why the embedded database would not start, or may not be used. These reach the operator at the terminal, never a
 * client, so each one carries the mend for its own folder instead of a fixed sentence.
 */
export const databaseErrorCodes = [
  'database_binaries_broken',
  'database_binaries_missing',
  'database_folder_foreign',
  'database_folder_missing',
  'database_folder_unreachable',
  'database_in_use',
  'database_init_failed',
  'database_replaced',
  'database_start_failed',
  'database_user_missing',
  'database_version',
  'migrations_differ',
  'notices_unheard',
  'portal_missing',
  'settings_unsafe',
] as const;

export type DatabaseErrorCode = (typeof databaseErrorCodes)[number];

export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode;
  /** What the operator can do now, in one sentence. */
  readonly mend: string;

  constructor(code: DatabaseErrorCode, message: string, mend: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseError';
    this.code = code;
    this.mend = mend;
  }
}

/** The `code` of a failed system call, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Failures as data: how they are made, carried and thrown. The codes themselves are in `error-codes.ts`. */
import { z } from 'zod';
import { errors, type ErrorCode } from './error-codes.ts';

/** One field that was wrong and why. */
export const fieldErrorSchema = z.strictObject({ field: z.string(), reason: z.string() });
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** A failure as data: how it crosses IPC, sockets and HTTP. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly mend: string;
  readonly fields?: readonly FieldError[];
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function failure(
  code: ErrorCode,
  more: { message?: string; fields?: readonly FieldError[] } = {},
): Failure {
  const { message, mend } = errors[code];
  return { code, message: more.message ?? message, mend, ...(more.fields ? { fields: more.fields } : {}) };
}

/** Thrown inside one process only; at its boundary it becomes a `Failure`. */
export class GatehouseError extends Error {
  readonly failure: Failure;

  constructor(
    code: ErrorCode,
    more: { message?: string; fields?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(more.message ?? errors[code].message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'GatehouseError';
    this.failure = failure(code, more);
  }

  get code(): ErrorCode {
    return this.failure.code;
  }
}

/** The wrong fields of a failed parse, as paths a person can read. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: issue.path.map(String).join('.'), reason: issue.message }));
}

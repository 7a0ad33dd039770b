/** What a call of the server comes to: a parsed value, or a failure that says what to do. */
import { errorCodes, errors, type ErrorCode } from '../../../domain/error-codes.ts';
import { failure, type Failure, type FieldError } from '../../../domain/errors.ts';
import { problemSchema } from '../../../domain/wire/admin.ts';
import { problemV2Schema } from '../../../domain/wire/portal-v2.ts';

/** A failure as pages show it. */
export interface Told extends Failure {
  /** Names the request in the operator's log; shown where the fault is the server's. */
  readonly trace?: string;
}

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Told };

export function good<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function bad<T>(told: Told): Answer<T> {
  return { ok: false, failure: told };
}

const byMessage: ReadonlyMap<string, ErrorCode> = new Map(
  errorCodes.map((code) => [errors[code].message, code]),
);

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'illegal_transition',
  410: 'link_used',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

/**
 * The failure that an answer with an error status stands for. Ours carries its code. The published Portal API has room
 * for the sentence only, so the table of sentences gives the code back; a sentence that is not in it is shown as it is,
 * with the mend of its status.
 */
export function failureOf(status: number, body: unknown): Told {
  const ours = problemSchema.safeParse(body);
  if (ours.success) {
    const { code, detail, mend, fields, instance } = ours.data;
    const known = errorCodes.find((candidate) => candidate === code) ?? codeOf(status);
    return { ...told(known, detail, fields, instance), mend };
  }
  const published = problemV2Schema.safeParse(body);
  if (!published.success) return failure(codeOf(status));
  const { detail, invalid_parameters: fields, instance } = published.data;
  return told(byMessage.get(detail) ?? codeOf(status), detail, fields, instance);
}

function codeOf(status: number): ErrorCode {
  return byStatus[status] ?? (status < 500 ? 'invalid_input' : 'internal');
}

function told(
  code: ErrorCode,
  message: string,
  fields: readonly FieldError[] | undefined,
  instance: string,
): Told {
  const trace = errors[code].status >= 500 ? { trace: instance } : {};
  return { ...failure(code, { message, ...(fields ? { fields } : {}) }), ...trace };
}

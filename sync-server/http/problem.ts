/** How failures look over HTTP: the published shape of the Portal API v2 below `/api/v2`, our own elsewhere. */
import { STATUS_CODES } from 'node:http';
import { errors } from '../../domain/error-codes.ts';
import type { Failure } from '../../domain/errors.ts';
import type { Problem } from '../../domain/wire/admin.ts';

export interface PortalProblem {
  readonly status: number;
  readonly title: string;
  /** Names the request, for the operator's log. */
  readonly instance: string;
  readonly detail: string;
  readonly invalid_parameters?: readonly { readonly field: string; readonly reason: string }[];
}

function instance(requestId: string): string {
  return `gatehouse:trace:${requestId}`;
}

function title(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

export function problemOf(failure: Failure, requestId: string): Problem {
  const { status } = errors[failure.code];
  return {
    status,
    code: failure.code,
    title: title(status),
    detail: failure.message,
    mend: failure.mend,
    instance: instance(requestId),
    ...(failure.fields ? { fields: [...failure.fields] } : {}),
  };
}

/** v2 wants the parameters listed in every 400. */
export function portalProblemOf(failure: Failure, requestId: string): PortalProblem {
  const { status } = errors[failure.code];
  const listed = failure.fields ?? [{ field: 'body', reason: failure.message }];
  return {
    status,
    title: title(status),
    instance: instance(requestId),
    detail: failure.message,
    ...(status === 400 ? { invalid_parameters: listed } : {}),
  };
}

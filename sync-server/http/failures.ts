/** Turns whatever was thrown into a failure with a code, and answers it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Counter } from 'prom-client';
import { errors, type ErrorCode } from '../../domain/error-codes.ts';
import { failure, GatehouseError, type Failure } from '../../domain/errors.ts';
import { withoutQuery } from '../config/log.ts';
import { RateLimited } from './limit.ts';
import { noRoute, routeOf } from './observe.ts';
import { portalProblemOf, problemOf } from './problem.ts';

/** Fastify's own refusals, by its codes. */
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_LIMIT_QUERY: 'invalid_input',
};

/**
 * Connection failures and PostgreSQL's classes 08 (connection), 53 (resources) and 57P (shutting down); and what it gives up
 * because of others: locks that they keep (55P03, 40P01), and the times that its operator allows (57014, 25P03, 25P04).
 */
const databaseAway =
  /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|08...|53...|57P..|55P03|40P01|40001|57014|25P03|25P04)$/;
/** `pg` says these without a code: a connection that broke, or that was not to be had. */
const connectionLost =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/**
 * What PostgreSQL says of a value that its types cannot hold: numbers and times out of range, texts with NUL or half of a
 * surrogate pair. Schemas refuse those first; where one lets them through, it is still the request that is wrong.
 */
const unkeepable = /^22(003|007|008|021|P02|P05)$/;

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

/** Whether a person who runs the server should look at it: nobody foresaw it, or a schema let too much through. */
export function isUnforeseen(error: unknown): boolean {
  return failureOf(error).code === 'internal' || unkeepable.test(codeOf(error));
}

/** The failure that an exception stands for. What nobody foresaw is `internal` and says nothing of itself. */
export function failureOf(error: unknown): Failure {
  if (error instanceof GatehouseError) return error.failure;
  const code = codeOf(error);
  const known = fastifyCodes[code];
  if (known) return failure(known);
  if (error instanceof SyntaxError && 'statusCode' in error) return failure('malformed_json');
  if (databaseAway.test(code) || (code === '' && connectionLost.test(messageOf(error)))) {
    return failure('unavailable');
  }
  if (unkeepable.test(code)) return failure('invalid_input');
  if (code === 'settings_unsafe') return failure('database_unsafe');
  return failure('internal');
}

const bearerWanted: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'token_expired',
  'gateway_refused',
  'gateway_token_revoked',
  'metrics_refused',
]);

/** Answers a failure in the shape that belongs to the address. */
export function sendFailure(request: FastifyRequest, reply: FastifyReply, told: Failure): FastifyReply {
  const portal = withoutQuery(request.url).startsWith('/api/v2/');
  const body = portal ? portalProblemOf(told, request.id) : problemOf(told, request.id);
  if (bearerWanted.has(told.code)) void reply.header('www-authenticate', 'Bearer');
  return reply
    .status(errors[told.code].status)
    .type('application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(body);
}

/** Answers whatever a handler threw, and counts it by route and code. */
export function errorHandler(
  failures?: Counter<'route' | 'code'>,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    const told = failureOf(error);
    const route = routeOf(request);
    failures?.inc({ route: route ?? noRoute, code: told.code });
    if (errors[told.code].status >= 500 || isUnforeseen(error)) {
      request.log.error({ err: error, code: told.code, route }, told.message);
    }
    if (error instanceof RateLimited) void reply.header('retry-after', String(error.retryAfter));
    return sendFailure(request, reply, told);
  };
}

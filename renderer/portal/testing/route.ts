/** What the routes of the portal in memory are made of. */
import type { ErrorCode } from '../../../domain/error-codes.ts';
import type { FieldError } from '../../../domain/errors.ts';
import type { Account } from './world.ts';

/** A request, taken apart. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Null where nobody is signed in. */
  readonly account: Account | null;
}

/** What the browser's cookies stand for. */
export interface Session {
  account: Account | null;
  /** Whether the access token is still good; a refresh makes it so. */
  fresh: boolean;
}

export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, fields: readonly FieldError[] = []) {
    super(code);
    this.code = code;
    this.fields = fields;
  }
}

export type Route = readonly [method: string, path: RegExp, run: (asked: Asked, parts: string[]) => unknown];

/** An answer without a body. */
export const empty = (status: number): { readonly status: number } => ({ status });

/** The account of a request; 401 without one. */
export function signedIn({ account }: Asked): Account {
  if (!account) throw new Refusal('unauthenticated');
  return account;
}

export function page<T>({ query }: Asked, items: readonly T[]) {
  const size = Number(query.get('page[size]') ?? 10);
  const number = Number(query.get('page[number]') ?? 1);
  const data = items.slice((number - 1) * size, number * size);
  return { meta: { page: { number, size, total: items.length } }, data };
}

export function textOf(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = body[field];
  return typeof value === 'string' ? value : '';
}

/**
 * The portal's server in memory, as a `fetch`: for tests of the pages and for looking at them without a server. It keeps
 * to the published API's answers, down to the shape of errors.
 */
import { errors, type ErrorCode } from '../../../domain/error-codes.ts';
import { accountRoutes } from './accounts.ts';
import { applicationRoutes } from './applications.ts';
import { catalogRoutes } from './catalog.ts';
import { Refusal, type Route, type Session } from './route.ts';
import type { World } from './world.ts';

export interface FakeServer {
  readonly fetch: typeof globalThis.fetch;
  readonly world: World;
  readonly session: Session;
  /** Every request so far: `POST /api/v2/developer`. */
  readonly log: string[];
  /** Refuses matching requests with a code, until it is taken off again; `null` for no answer at all. */
  readonly faults: Map<RegExp, ErrorCode | null>;
}

export function createFakeServer(world: World, prefix = ''): FakeServer {
  const session: Session = { account: null, fresh: false };
  const log: string[] = [];
  const faults = new Map<RegExp, ErrorCode | null>();
  const routes: readonly Route[] = [
    ...accountRoutes(world, session),
    ...catalogRoutes(world),
    ...applicationRoutes(world),
  ];

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.slice(prefix.length);
    const line = `${request.method} ${path}`;
    log.push(line);
    const fault = [...faults].find(([pattern]) => pattern.test(line));
    if (fault?.[1] === null) throw new TypeError('Failed to fetch');
    if (fault?.[1]) return refuse(path, new Refusal(fault[1]));
    const route = routes.find(([method, pattern]) => method === request.method && pattern.test(path));
    try {
      if (!route) throw new Refusal('not_found');
      const text = await request.text();
      const body: unknown = text === '' ? {} : JSON.parse(text);
      const asked = {
        method: request.method,
        path,
        query: url.searchParams,
        body: record(body),
        account: session.fresh && session.account?.state === 'approved' ? session.account : null,
      };
      return respond(route[2](asked, (route[1].exec(path) ?? []).slice(1)));
    } catch (error) {
      if (error instanceof Refusal) return refuse(path, error);
      throw error;
    }
  }

  return {
    fetch: (input, init) => answer(new Request(absolute(input), init)),
    world,
    session,
    log,
    faults,
  };
}

/** The pages ask for paths; a Request wants to know the server. */
function absolute(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input, 'http://portal.test');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function respond(result: unknown): Response {
  if (
    typeof result === 'object' &&
    result !== null &&
    'status' in result &&
    Object.keys(result).length === 1
  ) {
    return new Response(null, { status: Number(result.status) });
  }
  return Response.json(result);
}

function refuse(path: string, { code, fields }: Refusal): Response {
  const { status, message, mend } = errors[code];
  const instance = 'gatehouse:trace:0f3a';
  const common = { status, title: code, detail: message, instance };
  const body = path.startsWith('/api/v2')
    ? {
        ...common,
        ...(status === 400
          ? { invalid_parameters: fields.length > 0 ? fields : [{ field: 'body', reason: message }] }
          : {}),
      }
    : { ...common, code, mend };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

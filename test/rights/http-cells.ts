/** Every caller at every route: let in or refused as the table says, with nothing changed by whoever was refused. */
import { roles } from '../../domain/entities.ts';
import type { Findings } from '../faults/check.ts';
import { isRole, lines, type Line } from './routes.ts';
import { callers, roleOf, type Caller, type World } from './world.ts';

export interface Answer {
  readonly status: number;
  readonly code: string | null;
  /** Without what is different in every answer. */
  readonly body: string;
}

/** The same wherever an answer names what was asked for, or the asking itself. */
const passing = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"instance":"[^"]*"/g;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export async function ask(
  { app }: World,
  route: string,
  headers: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>> = {},
  payload: object = {},
): Promise<Answer> {
  const [word = 'GET', pattern = '/'] = route.split(' ');
  const method = methods.find((one) => one === word) ?? 'GET';
  const url = pattern
    .replace(/:(\w+)/g, (_, name: string) => params[name] ?? (name === 'number' ? '0' : crypto.randomUUID()))
    .replace('*', 'nowhere');
  const bodied = ['POST', 'PUT', 'PATCH'].includes(method);
  const { statusCode, payload: text } = await app.inject({
    method,
    url,
    headers: { ...headers },
    ...(bodied ? { payload } : {}),
  });
  return {
    status: statusCode,
    code: /"code":"([a-z_]+)"/.exec(text)?.[1] ?? null,
    body: text.replace(passing, ''),
  };
}

const refusals = [401, 403];

/** Why this answer is wrong, or null. `alone` is what nobody was answered. */
function objection(
  { who, off }: Line,
  caller: Caller,
  { status, code }: Answer,
  alone: Answer,
): string | null {
  const refused = refusals.includes(status);
  const mustEnter = refused && !off ? 'is refused' : null;
  const mustNot = refused ? null : 'is let in';
  if (who === 'anybody') return mustEnter;
  if (who === 'browser' || who === 'scraper') {
    return status === alone.status ? null : `is answered ${status} where nobody is answered ${alone.status}`;
  }
  if (who === 'gateway' || who === 'developer') return caller === who ? mustEnter : mustNot;
  const role = roleOf(caller);
  if (role === null) return mustNot;
  if (roles.indexOf(role) >= roles.indexOf(who)) return mustEnter;
  return status === 403 && code === 'forbidden' ? null : 'is let in';
}

/** What a refused request must not have moved. */
async function traces({ whole }: World): Promise<string> {
  const { rows } = await whole.server.deps.pool.query<{ text: string }>(
    `select concat_ws(' ', (select seq from log_head), (select count(*) from devices), (select count(*) from admin_sessions),
       (select count(*) from devices where revoked_at is not null), (select count(*) from developer_sessions)) as text`,
  );
  return rows[0]?.text ?? '';
}

/** Answers how many cells there were. */
export async function tryRoutes(world: World, findings: Findings): Promise<number> {
  let cells = 0;
  const known = new Set(Object.keys(lines));
  for (const route of new Set(world.routes)) {
    if (!known.has(route)) findings.add('unauthorised', `${route} is not in the table`);
  }
  for (const [route, line] of Object.entries(lines)) {
    if (!world.routes.includes(route)) {
      findings.add('unauthorised', `${route} is in the table and not on the server`);
      continue;
    }
    // The upgrade is tried with real sockets.
    if (route === 'GET /api/admin/v1/sync') continue;
    const alone = await ask(world, route, world.headers.nobody);
    for (const caller of callers) {
      const headers = line.spends ? await world.freshHeaders(caller) : world.headers[caller];
      const before = await traces(world);
      const answer = await ask(world, route, headers);
      cells += 1;
      const why = objection(line, caller, answer, alone);
      if (why !== null) findings.add('unauthorised', `${caller} ${why} at ${route} (${answer.status})`);
      const refused = refusals.includes(answer.status);
      if (refused && isRole(line.who) && (await traces(world)) !== before) {
        findings.add('unauthorised', `${caller} was refused at ${route} and changed something`);
      }
    }
  }
  return cells;
}

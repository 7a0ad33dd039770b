/**
 * Whatever anybody changes at any route is in the log: who, on which device, from where, when it was decided and committed,
 * and what was there before. Every route that may change something has to be tried here, or that is a finding.
 */
import type { Pool } from 'pg';
import { auditPageSchema, auditPaths, type AuditItem } from '../../../../domain/wire/audit.ts';
import { canonicalJson } from '../../../../domain/canonical.ts';
import { collectFindings, type Check, type Findings } from '../../check.ts';
import { adminActs, lastActs } from './admin-acts.ts';
import { commandActs } from './command-acts.ts';
import { pageActs } from './page-acts.ts';
import { portalActs } from './portal-acts.ts';
import type { Act, Doing } from './act.ts';
import { openScene, type Scene } from '../../../rights/scene.ts';

const acts: readonly Act[] = [...adminActs, ...commandActs, ...pageActs, ...portalActs, ...lastActs];

/** Not what a portal is: sessions, tries and links, what waits to leave, what readers of the log keep, and the log. */
const passingTables =
  /^(limits|failed_sign_ins|(admin|developer)_sessions|admin_(codes|sign_ins|page_sessions)|mail_.*|webhook_deliveries|.*_(cursors|acks)|log_head|change_log|audit_names|kysely_.*)$/;
/** When something was last seen or used. */
const passingColumns = [
  ...['seen_at', 'address', 'used_at', 'last_used_at', 'counter', 'last_step', 'scope'],
  ...['leased_by', 'leased_until', 'next_attempt_at', 'failures', 'failing_since'],
];

type State = ReadonlyMap<string, string>;

/** All that lasts, by table. */
async function lasting(pool: Pool): Promise<State> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const state = new Map<string, string>();
  for (const { name } of tables) {
    if (passingTables.test(name)) continue;
    // A secret that waits for its first code is no second factor yet.
    const where = name === 'admin_totp' ? 'where confirmed_at is not null' : '';
    const { rows } = await pool.query<{ digest: string }>(
      `select md5(string_agg(one, ' ' order by one)) as digest
       from (select (to_jsonb(t) - $1::text[])::text as one from "${name}" as t ${where}) as rows`,
      [passingColumns],
    );
    state.set(name, String(rows[0]?.digest));
  }
  return state;
}

async function entriesOf({ ask, owner }: Scene, requestId: string): Promise<AuditItem[]> {
  const { body } = await ask('127.0.0.1', 'GET', `${auditPaths.list}?limit=50`, owner.headers);
  const { items } = auditPageSchema.parse(JSON.parse(body));
  return items.filter((item) => item.requestId === requestId).reverse();
}

/** What is wrong with the entries of something that was done, or null. */
function objection(act: Act, doing: Doing, from: string, entries: readonly AuditItem[]): string | null {
  const told = entries.map(({ action }) => action);
  if (act.tells.join() !== told.join()) return `tells “${told.join(', ')}” and not “${act.tells.join(', ')}”`;
  for (const { action, actor, address, device, changes } of entries) {
    if (!(doing.actor.endsWith(':') ? actor.startsWith(doing.actor) : actor === doing.actor)) {
      return `${action} is said to be by ${actor}`;
    }
    if (device !== doing.device) return `${action} is said to be on ${String(device)}`;
    if (address !== from) return `${action} is said to come from ${String(address)}`;
    if (action === 'changed' && changes.length === 0) return 'changed, and nothing is said to be different';
  }
  const [first] = entries;
  const also = Object.entries(doing.also ?? {}).find(
    ([name, value]) =>
      canonicalJson(value) !== canonicalJson(new Map(Object.entries(first ?? {})).get(name) ?? null),
  );
  if (also) return `does not say ${also[0]} as ${canonicalJson(also[1])}`;
  const unsaid = (doing.changes ?? []).find(
    (change) => !first?.changes.some((one) => canonicalJson(one) === canonicalJson(change)),
  );
  return unsaid ? `does not tell ${canonicalJson(unsaid)}` : null;
}

async function tryAct(scene: Scene, act: Act, from: string, findings: Findings): Promise<void> {
  const { pool } = scene.whole.server.deps;
  const called = `${act.route}${act.name === undefined ? '' : ` (${act.name})`}`;
  const doing = await act.prepare(scene, from);
  const before = await lasting(pool);
  const { status, requestId } = await doing.run();
  const after = await lasting(pool);
  if (act.tells.length > 0 && status >= 400) return findings.add('lost', `${called} answers ${status}`);
  const entries = await entriesOf(scene, requestId);
  const changed = [...after]
    .filter(([table, digest]) => before.get(table) !== digest)
    .map(([table]) => table);
  if (changed.length > 0 && entries.length === 0) {
    return findings.add('lost', `${called} changes ${changed.join(', ')} and leaves no entry`);
  }
  const why = objection(act, doing, from, entries);
  if (why !== null) findings.add('lost', `${called}: ${why}`);
}

const mutating = /^(POST|PUT|PATCH|DELETE) /;

export const auditComplete: Check = {
  name: 'audit-complete',
  property:
    'Whatever is changed at any route is in the log: who, on what, from where, when, before and after.',
  unit: 'acts',
  cases: acts.length,
  few: acts.length,
  async run({ progress }) {
    const findings = collectFindings();
    const scene = await openScene();
    try {
      const tried = new Set(acts.map(({ route }) => route));
      for (const route of scene.routes) {
        if (mutating.test(route) && !tried.has(route)) findings.add('lost', `${route} is not tried`);
      }
      for (const [index, act] of acts.entries()) {
        await tryAct(scene, act, `198.51.100.${index + 1}`, findings);
        progress(index + 1);
      }
      return findings.tally(acts.length);
    } finally {
      await scene.close();
    }
  },
};

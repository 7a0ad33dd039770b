/** Decisions on their way while something is killed, and what must be true of each of them afterwards. */
import type { Pool } from 'pg';
import { systemClock, type Clock } from '../../../main/core/ports.ts';
import type { Findings } from '../check.ts';

/** Time that passes five times as fast, so that a desk's back-off after each kill does not make up the whole run. */
export const hurriedClock: Clock = {
  now: () => systemClock.now(),
  after: (milliseconds, run) => systemClock.after(milliseconds / 5, run),
};

/** Waits for `work`, but for ever only in appearance: what takes half a minute will not come. */
export async function within<T>(work: Promise<T>, what: string, milliseconds = 30_000): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${milliseconds} ms`)), milliseconds);
    cancel = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

interface Counted {
  readonly id: string;
  readonly state: string;
  readonly outcomes: number;
}

/**
 * Holds the database against what was acknowledged: each of those decisions has one outcome and stands; one that was not
 * acknowledged may have one, never two.
 */
export async function judge(
  pool: Pool,
  { acknowledged, open }: { readonly acknowledged: readonly string[]; readonly open: readonly string[] },
  findings: Findings,
  where: string,
): Promise<void> {
  const { rows } = await pool.query<Counted>(
    `select d.id, d.state, count(l.seq)::int as outcomes
       from developers d left join change_log l on l.entity_id = d.id and l.kind = 'outcome'
      where d.id = any($1::uuid[]) group by d.id, d.state`,
    [[...acknowledged, ...open]],
  );
  const sure = new Set(acknowledged);
  for (const { id, state, outcomes } of rows) {
    if (outcomes > 1) findings.add('doubled', `${where}: ${outcomes} outcomes for ${id}`);
    if (sure.has(id) && (outcomes === 0 || state !== 'approved')) {
      findings.add('lost', `${where}: ${id} is ${state} with ${outcomes} outcomes`);
    }
  }
}

/** The log has no gap: seq runs from 1 to its head. */
export async function judgeLog(pool: Pool, findings: Findings): Promise<void> {
  const { rows } = await pool.query<{ entries: number; head: number; last: number }>(
    `select count(*)::int as entries, max(seq)::int as last, (select seq::int from log_head) as head from change_log`,
  );
  const [log] = rows;
  if (log?.entries !== log?.head || log?.last !== log?.head) {
    findings.add('lost', `the log has ${log?.entries} entries up to ${log?.last}, its head is ${log?.head}`);
  }
}

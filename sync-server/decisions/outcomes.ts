/** Stored outcomes: each (device, intent) has exactly one, so that a repeat is answered and not decided again. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalJson } from '../../domain/canonical.ts';
import type { Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import type { Cause, Change } from '../changelog/commit.ts';

export interface Known {
  readonly digest: string;
  readonly outcome: Outcome;
}

/** Tells an intent that is sent again from another one under the same id. */
export function intentDigest(intent: Intent): string {
  return createHash('sha256').update(canonicalJson(intent), 'utf8').digest('hex');
}

/** What this device was answered before: to these very intents, and to those that they build on. */
export async function loadKnown(
  change: Change,
  device: string,
  intents: readonly Intent[],
): Promise<Map<string, Known>> {
  const ids = intents.flatMap(({ id, after }) => (after === undefined ? [id] : [id, after]));
  const stored = await change.db
    .selectFrom('intentOutcomes')
    .select(['intent', 'digest', 'outcome'])
    .where('device', '=', device)
    .where('intent', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  return new Map(stored.map(({ intent, digest, outcome }) => [intent, { digest, outcome }]));
}

export interface Answered {
  readonly intent: Intent;
  readonly digest: string;
  readonly outcome: Outcome;
  readonly cause: Cause;
  /** Of the target; null for what there never was. */
  readonly portalId: string | null;
}

/** Logs and stores the outcomes of intents that were decided just now. */
export async function storeOutcomes(
  change: Change,
  device: string,
  answered: readonly Answered[],
): Promise<void> {
  if (answered.length === 0) return;
  const seqs = change.outcomes(
    answered.map(({ outcome, cause, intent, portalId }) => ({
      outcome,
      cause,
      target: { id: intent.target.id, portalId },
    })),
  );
  const rows = answered.map(({ intent, digest, outcome }, index) => ({
    intent: intent.id,
    digest,
    outcome,
    seq: seqs[index],
  }));
  await sql`
    insert into intent_outcomes (device, intent, digest, outcome, seq, at)
    select ${device}::uuid, intent, digest, outcome, seq, ${change.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (intent uuid, digest text, outcome jsonb, seq bigint)`.execute(
    change.db,
  );
}

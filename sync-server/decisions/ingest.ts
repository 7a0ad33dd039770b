/**
 * The authority: intents of one device against the rows as they are, in order, all within one commit. Later intents of a
 * slice see what earlier ones did. The same path serves the sync socket and `POST decisions`.
 */
import { decide, type View } from '../../domain/decide.ts';
import type { Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import { mayDecide, type Rights } from '../../domain/rights.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import { applyChange } from './apply.ts';
import { gatherDeletions } from './deletion.ts';
import { foreignIntents } from './former.ts';
import { judgedTarget, relatedRows } from './judge.ts';
import type { DecisionFact, Notify } from './notify.ts';
import { intentDigest, loadKnown, storeOutcomes, type Answered } from './outcomes.ts';
import { portalsOf } from './portals.ts';
import { loadRows } from './rows.ts';
import { seenTargets } from './seen.ts';
import { gatherWrites } from './writes.ts';

/** Who decides: from the authenticated session. */
export interface Decider {
  readonly admin: Rights & { readonly id: string };
  readonly device: string;
}

/** Decides every intent and returns their outcomes in order. Never throws for what an intent says. */
export async function ingest(
  change: Change,
  { admin, device }: Decider,
  intents: readonly Intent[],
  notify: Notify,
): Promise<Outcome[]> {
  const known = await loadKnown(change, device, intents);
  const foreign = await foreignIntents(change, { adminId: admin.id, device }, intents);
  const rows = await loadRows(change.db, intents);
  const portals = await portalsOf(change.db, intents, rows);
  const seen = await seenTargets(change.db, admin, rows);
  const writes = gatherWrites(change);
  const deletions = gatherDeletions(rows, writes);
  const answered: Answered[] = [];
  const facts: DecisionFact[] = [];
  const outcomes: Outcome[] = [];

  const viewOf = (intent: Intent, digest: string): View => ({
    known: known.get(intent.id) ?? null,
    digest,
    allowed: mayDecide(admin.role, intent.action, intent.target.kind),
    target: seen(intent.target) ? judgedTarget(rows, intent.target) : null,
    related: relatedRows(rows, intent.target),
    after: intent.after === undefined ? null : (known.get(intent.after)?.outcome ?? null),
    now: change.now,
  });

  for (const intent of intents) {
    const digest = intentDigest(intent);
    const { id, batch, decidedAt } = intent;
    const cause: Cause = { actor: `admin:${admin.id}`, device, intent: id, batch, decidedAt };
    // An id that was answered before is not answered anew, whatever device it claims now.
    const strange = known.has(id) ? null : foreign(intent, digest);
    const verdict = strange ?? decide(viewOf(intent, digest), intent);
    const { outcome, repeated } = verdict;
    outcomes.push(outcome);
    if (repeated) continue;
    if (verdict.change) {
      const slice = { now: change.now, rows, buckets: writes.buckets, deletions };
      facts.push(...(await applyChange(verdict.change, intent, cause, slice)));
    }
    known.set(intent.id, { digest, outcome });
    const { id: target } = intent.target;
    answered.push({ intent, digest, outcome, cause, portalId: portals.get(target) ?? null });
  }

  await notify(change, facts);
  await deletions.remember(change);
  await writes.flush();
  await storeOutcomes(change, device, answered);
  return outcomes;
}

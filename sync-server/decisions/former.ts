/**
 * Intents that name another device than the one they come from. A device answers for its own only; but a desk whose device
 * was removed goes on as a new one, and offers what it has heard nothing of. What had been decided as the former device
 * is told again, so that nobody takes for refused what is true; what had not is refused, and never decided.
 */
import { sql } from 'kysely';
import type { Verdict } from '../../domain/decide.ts';
import type { Intent } from '../../domain/intents.ts';
import type { Change } from '../changelog/commit.ts';
import type { Known } from './outcomes.ts';

export interface FormerNeeds {
  readonly adminId: string;
  /** The device of the session. */
  readonly device: string;
}

interface Former {
  readonly removed: boolean;
  /** By intent. */
  readonly known: ReadonlyMap<string, Known>;
}

/** What becomes of an intent of another device; null for those of this one. */
export type Foreign = (intent: Intent, digest: string) => Verdict | null;

/** Asks the database only where an intent names another device. */
export async function foreignIntents(
  { db, now }: Pick<Change, 'db' | 'now'>,
  { adminId, device }: FormerNeeds,
  intents: readonly Intent[],
): Promise<Foreign> {
  const strange = intents.filter((intent) => intent.device !== device);
  const former = strange.length === 0 ? new Map<string, Former>() : await loadFormer(db, adminId, strange);
  return (intent, digest) => {
    if (intent.device === device) return null;
    const mine = former.get(intent.device);
    const known = mine?.known.get(intent.id);
    if (known?.digest === digest) return { outcome: known.outcome, change: null, repeated: true };
    return refused(intent, mine?.removed ? 'device_revoked' : 'device_foreign', now);
  };
}

/** Other devices of the same admin that are named, with what they were answered. */
async function loadFormer(
  db: Change['db'],
  adminId: string,
  intents: readonly Intent[],
): Promise<Map<string, Former>> {
  const rows = await db
    .selectFrom('devices as d')
    .leftJoin('intentOutcomes as o', (join) =>
      join
        .onRef('o.device', '=', 'd.id')
        .on('o.intent', '=', sql<string>`any(${intents.map(({ id }) => id)}::uuid[])`),
    )
    .select(['d.id', 'd.revokedAt', 'o.intent', 'o.digest', 'o.outcome'])
    .where('d.adminId', '=', adminId)
    .where('d.id', '=', sql<string>`any(${[...new Set(intents.map((intent) => intent.device))]}::uuid[])`)
    .execute();
  const former = new Map<string, { removed: boolean; known: Map<string, Known> }>();
  for (const { id, revokedAt, intent, digest, outcome } of rows) {
    const one = former.get(id) ?? { removed: revokedAt !== null, known: new Map<string, Known>() };
    if (intent !== null && digest !== null && outcome !== null) one.known.set(intent, { digest, outcome });
    former.set(id, one);
  }
  return former;
}

function refused(intent: Intent, code: 'device_revoked' | 'device_foreign', committedAt: string): Verdict {
  const { id, action } = intent;
  return {
    outcome: {
      intent: id,
      kind: 'refused',
      code,
      action,
      state: null,
      revisions: {},
      decision: null,
      committedAt,
    },
    change: null,
    repeated: false,
  };
}

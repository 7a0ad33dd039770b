/** What happened to a request, newest first: how it came, and every decision that the copy knows of. */
import { z } from 'zod';
import type { TimelineEntry } from '../../../domain/desk/rows.ts';
import type { Row } from '../../../domain/entities.ts';
import { actionSchema, type Action, type RequestKind } from '../../../domain/states.ts';
import type { ReplicaReader } from '../replica/replica.ts';

const did: Record<Action, string> = {
  approve: 'approved',
  reject: 'rejected',
  revoke: 'revoked',
  reinstate: 'reinstated',
  reopen: 'reopened',
  delete: 'deleted',
};

const came: Record<RequestKind, string> = {
  developer: 'signed up',
  application: 'created the application',
  registration: 'asked for access',
};

const earlierSchema = z.strictObject({
  at: z.string(),
  actor: z.string(),
  action: actionSchema.nullable(),
  reason: z.string().nullable(),
});
const nameSchema = z.strictObject({ name: z.string() });

/** An actor in words: an admin by name, a rule by what it does. */
export async function whoIs(replica: ReplicaReader, actor: string): Promise<string> {
  const [kind, id = ''] = actor.split(':');
  if (kind === 'rule') return id;
  if (kind === 'developer') return 'the developer';
  if (kind !== 'admin' || !z.uuid().safeParse(id).success) return actor;
  const [admin] = await replica.query(nameSchema, 'select name from admins where id = $1::uuid', [id]);
  return admin?.name ?? 'an admin';
}

type Decided = Row<'developer'> | Row<'application'> | Row<'registration'>;

export async function timelineOf(
  replica: ReplicaReader,
  kind: RequestKind,
  row: Decided,
): Promise<TimelineEntry[]> {
  const earlier = await replica.query(
    earlierSchema,
    'select at, actor, action, reason from history where entity = $1::uuid order by revision desc limit 100',
    [row.id],
  );
  const latest =
    row.decidedAt !== null && row.decidedBy !== null
      ? [{ at: row.decidedAt, actor: row.decidedBy, action: row.decidedAction, reason: row.reason }]
      : [];
  const decisions = await Promise.all(
    [...latest, ...earlier].map(async ({ at, actor, action, reason }) => ({
      at,
      who: await whoIs(replica, actor),
      what: action ? did[action] : 'decided',
      reason,
    })),
  );
  const start = { at: row.createdAt, who: 'the developer', what: came[kind], reason: null };
  const verified =
    'verifiedAt' in row && row.verifiedAt !== null
      ? [{ at: row.verifiedAt, who: 'the developer', what: 'confirmed the address', reason: null }]
      : [];
  return [...decisions, ...verified, start].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/** Everything about one request, for the split view: people, connections with what blocks them, keys, siblings. */
import { effectiveAccess, isLive, type AccessFacts } from '../../../domain/access.ts';
import type { ConnectionLine, Detail, QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import type { Role, Row } from '../../../domain/entities.ts';
import { mayDecide } from '../../../domain/rights.ts';
import { legalActions, type Action } from '../../../domain/states.ts';
import { z } from 'zod';
import { effectiveState } from '../decisions/effective.ts';
import { isoTime } from '../ports.ts';
import { rowsFor, type QueueNeeds } from './queue.ts';
import { rowById, rowsWhere } from './rows.ts';
import { timelineOf } from './timeline.ts';

export interface DetailNeeds extends QueueNeeds {
  /** Null while nobody is signed in: then nothing may be done. */
  readonly role: Role | null;
}

/** What may be done now: the rule of the states, on the row with this desk's own decisions laid over it. */
function possible({ journal, role }: DetailNeeds, row: QueueRow): Action[] {
  const pending = journal.about(row.id).map(({ intent }) => intent);
  const at = effectiveState(row.kind, row.state, pending);
  if (role === null || at === 'deleted') return [];
  const legal = new Set(legalActions(row.kind, at));
  // A resting approval may still be turned into a reject: it is taken back first.
  const retractable = journal.about(row.id).some(({ intent, sent }) => !sent && intent.action === 'approve');
  if (retractable && row.state === 'pending') legal.add('reject');
  return [...legal].filter((action) => mayDecide(role, action, row.kind));
}

async function isLinked({ replica }: DetailNeeds, version: string): Promise<boolean> {
  const links = await rowsWhere(replica, 'link', 'versionId', version, 1);
  return links.length > 0;
}

async function connection(
  needs: DetailNeeds,
  registration: Row<'registration'>,
  application: Row<'application'>,
  developer: Row<'developer'> | null,
  credential: AccessFacts['credential'],
): Promise<ConnectionLine> {
  const { replica } = needs;
  const publication = await rowById(replica, 'publication', registration.publicationId);
  const version = await rowById(replica, 'version', registration.versionId);
  const product = await rowById(replica, 'product', version?.productId);
  const strategy = await rowById(replica, 'strategy', publication?.strategyId);
  const linked = await isLinked(needs, registration.versionId);
  const now = isoTime(needs.now);
  return {
    registration,
    product: product?.name ?? '?',
    version: version?.name ?? '?',
    strategy: strategy?.name ?? null,
    access: effectiveAccess({ developer, application, credential, registration, publication, linked, now }),
  };
}

async function connectionsOf(
  needs: DetailNeeds,
  application: Row<'application'> | null,
  developer: Row<'developer'> | null,
  credentials: readonly Row<'credential'>[],
): Promise<ConnectionLine[]> {
  if (!application) return [];
  const now = isoTime(needs.now);
  // Keys are not in a product owner's copy: what is shown is what a living one would meet.
  const any = needs.role === 'product-owner' ? ({ state: 'active', notAfter: null } as const) : null;
  const credential = credentials.find((one) => isLive(one, now)) ?? credentials[0] ?? any;
  const registrations = await rowsWhere(needs.replica, 'registration', 'applicationId', application.id);
  const lines: ConnectionLine[] = [];
  for (const registration of registrations) {
    lines.push(await connection(needs, registration, application, developer, credential));
  }
  return lines;
}

/** The developer's other applications: what else this person has asked for. */
async function siblingsOf(needs: DetailNeeds, developer: string | null, self: string): Promise<QueueRow[]> {
  if (developer === null) return [];
  const rows = await needs.replica.query(
    z.strictObject({ id: z.uuid() }),
    `select id from applications where developer_id = $1::uuid and id <> $2::uuid
      order by created_at desc, id desc limit 50`,
    [developer, self],
  );
  return rowsFor(
    needs,
    rows.map(({ id }) => ({ kind: 'application', id })),
  );
}

/** Null where the copy has no such row. */
export async function requestDetail(needs: DetailNeeds, ref: RequestRef): Promise<Detail | null> {
  const { replica } = needs;
  const [row] = await rowsFor(needs, [ref]);
  const registration = ref.kind === 'registration' ? await rowById(replica, 'registration', ref.id) : null;
  const applicationId = ref.kind === 'application' ? ref.id : registration?.applicationId;
  const application = await rowById(replica, 'application', applicationId);
  const developerId =
    ref.kind === 'developer' ? ref.id : (application?.developerId ?? registration?.developerId);
  const developer = await rowById(replica, 'developer', developerId);
  const subject =
    ref.kind === 'developer' ? developer : ref.kind === 'application' ? application : registration;
  if (!row || !subject) return null;
  const credentials = application
    ? await rowsWhere(replica, 'credential', 'applicationId', application.id)
    : [];
  return {
    row,
    developer,
    application,
    connections: await connectionsOf(needs, application, developer, credentials),
    credentials,
    siblings: await siblingsOf(needs, developer?.id ?? null, application?.id ?? subject.id),
    timeline: await timelineOf(replica, ref.kind, subject),
    actions: possible(needs, row),
  };
}

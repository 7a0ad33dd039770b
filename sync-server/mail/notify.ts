/** Tells requesters what was decided about their requests, in the commit that decides (rules 9, 30, 48). */
import type { Row } from '../../domain/entities.ts';
import type { Action, TargetKind } from '../../domain/states.ts';
import type { Change } from '../changelog/commit.ts';
import type { Config } from '../config/config.ts';
import type { Mail, QueueMail } from '../config/deps.ts';
import type { Portal } from '../tenancy/portals.ts';
import { envelopeOf, mailTo } from './envelope.ts';
import { decision, type Envelope } from './texts.ts';

/** One decision that was applied, and what it was about. */
export interface Decision {
  readonly kind: TargetKind;
  readonly action: Action;
  readonly reason: string | null;
  readonly developer: Row<'developer'>;
  readonly application: Row<'application'> | null;
  readonly registration: Row<'registration'> | null;
  readonly credential: Row<'credential'> | null;
}

/** What applying decisions is given as `notify`: one mail for each decision, a few queries for all of them. */
export function mailNotices(
  config: Config,
  queue: QueueMail,
): (change: Change, decisions: readonly Decision[]) => Promise<void> {
  return async (change, decisions) => {
    if (decisions.length === 0) return;
    const portals = await portalsOf(change, config, decisions);
    const versions = await versionNames(change, decisions);
    await queue(
      change,
      decisions.flatMap((made): Mail[] => {
        const known = portals.get(made.developer.portalId);
        if (!known) return [];
        const envelope = { ...known.envelope, name: made.developer.name };
        const { kind, action, reason } = made;
        const about = { kind, action, reason, thing: thingOf(made, versions), path: pathOf(made) };
        return [mailTo(made.developer.email, known.portal, decision(envelope, about))];
      }),
    );
  };
}

interface KnownPortal {
  readonly portal: Portal;
  readonly envelope: Envelope;
}

async function portalsOf(
  change: Change,
  config: Config,
  decisions: readonly Decision[],
): Promise<ReadonlyMap<string, KnownPortal>> {
  const ids = [...new Set(decisions.map(({ developer }) => developer.portalId))];
  const rows = await change.db.selectFrom('portals').selectAll().where('id', 'in', ids).execute();
  const known = new Map<string, KnownPortal>();
  for (const portal of rows) {
    known.set(portal.id, { portal, envelope: await envelopeOf({ db: change.db, config }, portal, '') });
  }
  return known;
}

/** Version id → `Weather API v2`. */
async function versionNames(
  change: Change,
  decisions: readonly Decision[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(
    decisions.flatMap(({ registration }) => (registration ? [registration.versionId] : [])),
  );
  if (ids.size === 0) return new Map();
  const rows = await change.db
    .selectFrom('versions')
    .innerJoin('products', 'products.id', 'versions.productId')
    .select(['versions.id', 'versions.name', 'products.name as product'])
    .where('versions.id', 'in', [...ids])
    .execute();
  return new Map(rows.map(({ id, name, product }) => [id, `${product} ${name}`]));
}

function thingOf(made: Decision, versions: ReadonlyMap<string, string>): string {
  const application = made.application?.name ?? '';
  if (made.kind === 'credential') return `${made.credential?.name ?? ''} of ${application}`;
  if (made.kind !== 'registration') return application;
  return `${versions.get(made.registration?.versionId ?? '') ?? 'an API'} for ${application}`;
}

/** The page that shows it; a deleted application has none. */
function pathOf({ kind, action, application }: Decision): string {
  const gone = kind === 'application' && action === 'delete';
  return application && !gone ? `/applications/${application.id}` : '/applications';
}

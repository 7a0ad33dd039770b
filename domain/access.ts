/**
 * Effective access of a key on a version: every level must be open, and the first that is not is named, so that the
 * interface can say who has to do what, and the gateway which status to answer.
 */
import type { Row } from './entities.ts';

export interface AccessFacts {
  readonly developer: Pick<Row<'developer'>, 'state'> | null;
  readonly application: Pick<Row<'application'>, 'state' | 'strategyId'> | null;
  readonly credential: Pick<Row<'credential'>, 'state' | 'notAfter'> | null;
  readonly registration: Pick<Row<'registration'>, 'state'> | null;
  /** The registration's own publication. */
  readonly publication: Pick<Row<'publication'>, 'live' | 'strategyId'> | null;
  /** Whether the version is linked to a gateway service. */
  readonly linked: boolean;
  /** The server's clock, ISO 8601. */
  readonly now: string;
}

export type BlockedBy =
  'credential' | 'developer' | 'application' | 'registration' | 'publication' | 'strategy' | 'service';

export type Access =
  | { readonly open: true }
  | { readonly open: false; readonly blockedBy: BlockedBy; readonly status: 401 | 403 | 404 };

function blocked(blockedBy: BlockedBy, status: 401 | 403 | 404): Access {
  return { open: false, blockedBy, status };
}

/** Whether a key is live by itself: not revoked, not expired. */
export function isLive(credential: AccessFacts['credential'], now: string): boolean {
  if (!credential || (credential.state !== 'active' && credential.state !== 'rotating')) return false;
  return credential.notAfter === null || credential.notAfter > now;
}

/** Whether a connection is usable by itself: approved, its publication live, its strategy the application's. */
export function isConnected(
  facts: Pick<AccessFacts, 'application' | 'registration' | 'publication'>,
): boolean {
  return connectionBlock(facts) === null;
}

function connectionBlock(
  facts: Pick<AccessFacts, 'application' | 'registration' | 'publication'>,
): BlockedBy | null {
  if (facts.registration?.state !== 'approved') return 'registration';
  if (!facts.publication?.live) return 'publication';
  if (facts.publication.strategyId === null) return 'strategy';
  return facts.publication.strategyId === facts.application?.strategyId ? null : 'strategy';
}

/** The first level that blocks, or open. The statuses are those that a gateway answers. */
export function effectiveAccess(facts: AccessFacts): Access {
  if (!facts.linked) return blocked('service', 404);
  if (!isLive(facts.credential, facts.now)) return blocked('credential', 401);
  if (facts.developer?.state !== 'approved') return blocked('developer', 401);
  if (facts.application?.state !== 'approved') return blocked('application', 401);
  const block = connectionBlock(facts);
  return block ? blocked(block, 403) : { open: true };
}

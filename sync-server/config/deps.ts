/** What features are given: the database, the one way to change it, clock and log. */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { uuidv7 } from '../../domain/ids.ts';
import type { Change, Commit } from '../changelog/commit.ts';
import type { Wake } from '../changelog/wake.ts';
import type { Outgrown } from '../db/outgrown.ts';
import type { Db } from '../db/schema.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Sealer } from '../secrets/seal.ts';
import type { Config } from './config.ts';

/** A mail to one person, plain text. */
export interface Mail {
  readonly portalId: string | null;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
}

/** Queues mails in the commit that causes them: neither lost nor sent for nothing. */
export type QueueMail = (change: Change, mails: readonly Mail[]) => Promise<void>;

export interface Deps {
  readonly db: Db;
  readonly pool: Pool;
  readonly commit: Commit;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Logger;
  readonly config: Config;
  readonly wake: Wake;
  /** Whether the database has become a newer release's; `db` only reads then. */
  readonly outgrown: Outgrown;
  /** Seals what has to be read again, with the key of this database. */
  readonly sealer: Sealer;
  readonly mail: QueueMail;
  readonly metrics: Metrics;
}

/** A new id that sorts by the time it was made. */
export function newId(clock: () => number): string {
  return uuidv7(clock(), randomBytes(10));
}

/** A clock reading as rows hold it. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

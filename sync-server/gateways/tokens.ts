/**
 * Gateway tokens: `ghg_<secret>_<fingerprint>`. The secret is stored as SHA-256 only; the fingerprint is that of the server's
 * signing key, so a gateway knows whom to believe from its token alone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import { gatewayTokenPattern } from '../../domain/wire/gateway.ts';
import type { Cause } from '../changelog/commit.ts';
import { isoTime, type Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';

const system: Cause = { actor: 'system' };
/** How old the note of a token's last use may be, in milliseconds: a gateway asks every second. */
const noteEvery = 60_000;

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Makes a token for a gateway and stores its hash. The answer is the only place where it can be read. */
export async function createGatewayToken(
  { commit }: Pick<Deps, 'commit'>,
  { gateway, fingerprint }: { readonly gateway: string; readonly fingerprint: string },
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await commit(async (change) => {
    const { id } = await change.db
      .insertInto('gatewaySecrets')
      .values({ tokenHash: hashOf(secret), gatewayId: gateway, createdAt: change.now, revokedAt: null })
      .returning('id')
      .executeTakeFirstOrThrow();
    const subject = { entity: 'gateway', id: gateway };
    change.event({ name: 'token.made', subject, details: { token: id }, cause: system });
  });
  return `ghg_${secret}_${fingerprint}`;
}

export interface GatewayToken {
  readonly id: string;
  readonly gateway: string;
  readonly region: string;
  readonly createdAt: string;
  /** To the minute; null where it was never used. */
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** All tokens, those of one gateway together, oldest first; never their secrets. */
export async function listGatewayTokens(db: Db, gateway: string | null = null): Promise<GatewayToken[]> {
  return db
    .selectFrom('gatewaySecrets as s')
    .innerJoin('gateways as g', 'g.id', 's.gatewayId')
    .select(['s.id', 'g.name as gateway', 'g.region', 's.createdAt', 's.lastUsedAt', 's.revokedAt'])
    .$if(gateway !== null, (query) => query.where('g.id', '=', gateway ?? ''))
    .orderBy('g.region')
    .orderBy('g.name')
    .orderBy('s.createdAt')
    .orderBy('s.id')
    .execute();
}

/**
 * Revokes one token, or all of a gateway, for good: what waits for news with one is ended, a restore does not bring it
 * back. Answers how many. Throws `not_found` where there is none that is not revoked.
 */
export async function revokeGatewayTokens(
  { commit }: Pick<Deps, 'commit'>,
  which: { readonly token: string } | { readonly gateway: string },
): Promise<number> {
  return commit(async (change) => {
    const revoked = await change.db
      .updateTable('gatewaySecrets')
      .set({ revokedAt: change.now })
      .where('revokedAt', 'is', null)
      .$if('token' in which, (query) => query.where('id', '=', 'token' in which ? which.token : ''))
      .$if('gateway' in which, (query) =>
        query.where('gatewayId', '=', 'gateway' in which ? which.gateway : ''),
      )
      .returning(['id', 'gatewayId'])
      .execute();
    if (revoked.length === 0) {
      throw new GatehouseError('not_found', { message: 'There is no such token that is not revoked.' });
    }
    for (const { id, gatewayId } of revoked) {
      change.event({
        name: 'token.revoked',
        subject: { entity: 'gateway', id: gatewayId },
        details: { token: id },
        ends: [{ what: 'gateway-token', id }],
        cause: system,
      });
    }
    return revoked.length;
  });
}

/** A gateway, and the token that spoke for it. */
export interface Authenticated {
  readonly gateway: Row<'gateway'>;
  readonly token: string;
}

/** The gateway that an `authorization` header speaks for; throws `gateway_refused` or `gateway_token_revoked`. */
export async function authenticateGateway(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  header: string | undefined,
): Promise<Authenticated> {
  const secret = gatewayTokenPattern.exec(header?.replace(/^Bearer /, '') ?? '')?.[1];
  const found =
    secret &&
    (await db
      .selectFrom('gatewaySecrets as s')
      .innerJoin('gateways as g', 'g.id', 's.gatewayId')
      .selectAll('g')
      .select(['s.id as token', 's.revokedAt', 's.lastUsedAt'])
      .where('s.tokenHash', '=', hashOf(secret))
      .executeTakeFirst());
  if (!found) throw new GatehouseError('gateway_refused');
  const { token, revokedAt, lastUsedAt, ...gateway } = found;
  if (revokedAt !== null) throw new GatehouseError('gateway_token_revoked');
  const now = clock();
  if (lastUsedAt === null || Date.parse(lastUsedAt) < now - noteEvery) {
    await db
      .updateTable('gatewaySecrets')
      .set({ lastUsedAt: isoTime(now) })
      .where('id', '=', token)
      .execute();
  }
  return { gateway, token };
}

/** For whoever waited with it. Throws `gateway_token_revoked`, also where the gateway itself has gone. */
export async function requireLiveToken(db: Db, token: string): Promise<void> {
  const live = await db
    .selectFrom('gatewaySecrets')
    .select('id')
    .where('id', '=', token)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (!live) throw new GatehouseError('gateway_token_revoked');
}

/**
 * Gateway tokens: `ghg_<secret>_<fingerprint>`. The secret is stored as SHA-256 only; the fingerprint is that of the server's
 * signing key, so a gateway knows whom to believe from its token alone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { GatehouseError } from '../../domain/errors.ts';
import type { Row } from '../../domain/entities.ts';
import { gatewayTokenPattern } from '../../domain/wire/gateway.ts';
import type { Db } from '../db/schema.ts';

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Makes a token for a gateway and stores its hash. The answer is the only place where it can be read. */
export async function createGatewayToken(
  db: Db,
  given: { readonly gateway: string; readonly fingerprint: string; readonly now: string },
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await db
    .insertInto('gatewaySecrets')
    .values({ tokenHash: hashOf(secret), gatewayId: given.gateway, createdAt: given.now, revokedAt: null })
    .execute();
  return `ghg_${secret}_${given.fingerprint}`;
}

/** The gateway that an `authorization` header speaks for; throws `gateway_refused`. */
export async function authenticateGateway(db: Db, header: string | undefined): Promise<Row<'gateway'>> {
  const secret = gatewayTokenPattern.exec(header?.replace(/^Bearer /, '') ?? '')?.[1];
  const gateway =
    secret &&
    (await db
      .selectFrom('gatewaySecrets as s')
      .innerJoin('gateways as g', 'g.id', 's.gatewayId')
      .selectAll('g')
      .where('s.tokenHash', '=', hashOf(secret))
      .where('s.revokedAt', 'is', null)
      .executeTakeFirst());
  if (!gateway) throw new GatehouseError('gateway_refused');
  return gateway;
}

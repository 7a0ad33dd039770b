/**
 * Tokens for automation: an admin's session that lasts, without refresh, bound to a device of its own, so that what it
 * decides is told apart and it can be removed like any other device.
 */
import { isoTime, newId, type Deps } from '../config/deps.ts';
import { scopeOfAdmin } from '../scopes/scope.ts';
import { newRefreshToken, newToken, tokenHash } from './tokens.ts';

export interface AutomationToken {
  /** The only place where it can be read; stored as SHA-256. */
  readonly token: string;
  readonly device: string;
  readonly until: string;
}

const day = 24 * 60 * 60 * 1000;

export async function createAutomationToken(
  { commit, clock }: Pick<Deps, 'commit' | 'clock'>,
  { adminId, name, days }: { readonly adminId: string; readonly name: string; readonly days: number },
): Promise<AutomationToken> {
  const until = isoTime(clock() + days * day);
  const device = newId(clock);
  const token = newToken('access');
  await commit(async (change) => {
    const { db: trx, now } = change;
    const { name: scope } = await scopeOfAdmin(trx, adminId);
    await trx
      .insertInto('devices')
      .values({
        id: device,
        adminId,
        name,
        scope,
        kind: 'automation',
        enrolledAt: now,
        seenAt: now,
        revokedAt: null,
      })
      .execute();
    await trx
      .insertInto('adminSessions')
      .values({
        accessHash: tokenHash(token),
        // Nobody holds the other half: this session ends when its token does.
        refreshHash: tokenHash(newRefreshToken(null)),
        previousHash: null,
        adminId,
        deviceId: device,
        accessUntil: until,
        refreshUntil: until,
        rotatedAt: now,
        createdAt: now,
      })
      .execute();
    change.event({
      name: 'token.made',
      subject: { entity: 'device', id: device },
      details: { admin: adminId, name, until },
      cause: { actor: 'system', device },
    });
  });
  return { token, device, until };
}

/** Ends one secret in a database that may still have it. */
import type { Change } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';

/** Whether there was something to end. */
export async function endOne({ db, now }: Change, one: Ended): Promise<boolean> {
  const { id } = one;
  switch (one.what) {
    case 'developer-password':
      return some(
        db
          .updateTable('developerSecrets')
          .set({ passwordHash: null })
          .where('developerId', '=', id)
          .where('passwordHash', 'is not', null),
      );
    case 'admin-password':
      return some(
        db
          .updateTable('adminSecrets')
          .set({ passwordHash: null })
          .where('adminId', '=', id)
          .where('passwordHash', 'is not', null),
      );
    case 'admin':
      return some(
        db
          .updateTable('adminSecrets')
          .set({ deactivatedAt: now })
          .where('adminId', '=', id)
          .where('deactivatedAt', 'is', null),
      );
    case 'password-alone':
      return false;
    case 'authenticator':
      return some(db.deleteFrom('adminTotp').where('adminId', '=', id));
    case 'passkey':
      return some(
        db
          .deleteFrom('adminPasskeys')
          .where('adminId', '=', id)
          .$if(one.passkey !== null, (query) => query.where('id', '=', one.passkey ?? '')),
      );
    case 'recovery-codes':
      return some(db.deleteFrom('adminRecoveryCodes').where('adminId', '=', id));
    case 'identities':
      return some(db.deleteFrom('adminIdentities').where('adminId', '=', id));
    case 'identity':
      return bindAgain({ db, now }, one);
    case 'device':
      return revokeDevice({ db, now }, one);
    case 'gateway-token':
      return some(
        db
          .updateTable('gatewaySecrets')
          .set({ revokedAt: now })
          .where('id', '=', id)
          .where('revokedAt', 'is', null),
      );
    case 'webhook':
      return some(db.deleteFrom('webhookEndpoints').where('id', '=', id));
    case 'webhook-secret':
      await db.deleteFrom('webhookSecrets').where('endpointId', '=', id).execute();
      return pauseWebhook({ db, now }, id);
    case 'webhook-changed':
      return pauseWebhook({ db, now }, id);
  }
}

interface Counted {
  executeTakeFirst(): Promise<
    { readonly numUpdatedRows?: bigint; readonly numDeletedRows?: bigint } | undefined
  >;
}

async function some(query: Counted): Promise<boolean> {
  const result = await query.executeTakeFirst();
  return (result?.numUpdatedRows ?? result?.numDeletedRows ?? 0n) > 0n;
}

/** One that the backup does not know yet is remembered all the same: it could claim its id otherwise. */
async function revokeDevice(
  { db, now }: Pick<Change, 'db' | 'now'>,
  { id, admin }: { readonly id: string; readonly admin: string },
): Promise<boolean> {
  const known = await db.selectFrom('devices').select('revokedAt').where('id', '=', id).executeTakeFirst();
  if (known) {
    if (known.revokedAt !== null) return false;
    await db.updateTable('devices').set({ revokedAt: now }).where('id', '=', id).execute();
    return true;
  }
  const owner = await db.selectFrom('admins').select('id').where('id', '=', admin).executeTakeFirst();
  if (!owner) return false;
  await db
    .insertInto('devices')
    .values({ id, adminId: admin, name: '', scope: '', enrolledAt: now, seenAt: now, revokedAt: now })
    .execute();
  return false;
}

/**
 * Who was known by an account at a provider is known by it again: else whoever has the address by now could be the first to
 * come with it. Nobody has to be told.
 */
async function bindAgain(
  { db, now }: Pick<Change, 'db' | 'now'>,
  { id, issuer, subject }: { readonly id: string; readonly issuer: string; readonly subject: string },
): Promise<boolean> {
  const admin = await db.selectFrom('admins').select('id').where('id', '=', id).executeTakeFirst();
  if (!admin) return false;
  await db
    .insertInto('adminIdentities')
    .values({ issuer, subject, adminId: id, boundAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return false;
}

/** What waits stays, for an owner to let go on. Answers whether there is such an endpoint. */
async function pauseWebhook({ db, now }: Pick<Change, 'db' | 'now'>, id: string): Promise<boolean> {
  return some(
    db.updateTable('webhookEndpoints').set({ pausedReason: 'restored', pausedAt: now }).where('id', '=', id),
  );
}

/** The password of an admin who has no second factor. */
export async function voidLonePassword({ db }: Change, id: string): Promise<boolean> {
  return some(
    db
      .updateTable('adminSecrets')
      .set({ passwordHash: null })
      .where('adminId', '=', id)
      .where('passwordHash', 'is not', null)
      .where((eb) =>
        eb.not(
          eb.or([
            eb.exists(
              eb
                .selectFrom('adminTotp')
                .select('adminId')
                .where('adminId', '=', id)
                .where('confirmedAt', 'is not', null),
            ),
            eb.exists(eb.selectFrom('adminPasskeys').select('id').where('adminId', '=', id)),
          ]),
        ),
      ),
  );
}

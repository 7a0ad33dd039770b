/**
 * Ends again what ended after the backup without a row saying so: passwords, second factors, tokens (the list is in
 * changelog/ended.ts). Nothing is opened by it, so where an older second factor goes and none is left, the password goes
 * with it: it alone opened nothing any more.
 */
import type { Change } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';

/** Something that a restore ended, for whoever has to tell people. */
export interface EndedAgain {
  readonly what: Ended['what'];
  /** The same for people. */
  readonly name: string;
  /** Whose it was, as people call them; the id where the backup does not know. */
  readonly whose: string;
  /** What they do now. */
  readonly mend: string;
}

interface Words {
  /** As the log's subject. */
  readonly entity: string;
  readonly name: string;
  readonly mend: string;
}

const newAdminPassword = 'a new one comes from `gatehouse admin reset EMAIL --password`';

const words: Readonly<Record<Ended['what'], Words>> = {
  'developer-password': {
    entity: 'developer',
    name: 'password',
    mend: 'chosen anew by “forgotten password”',
  },
  'admin-password': { entity: 'admin', name: 'password', mend: newAdminPassword },
  'password-alone': { entity: 'admin', name: 'password', mend: newAdminPassword },
  admin: { entity: 'admin', name: 'account', mend: 'deactivated until `gatehouse admin reactivate EMAIL`' },
  authenticator: { entity: 'admin', name: 'authenticator', mend: 'to be set up again' },
  passkey: { entity: 'admin', name: 'passkey', mend: 'others stay; a new one can be added' },
  'recovery-codes': {
    entity: 'admin',
    name: 'recovery codes',
    mend: 'new ones are made on the account page',
  },
  identities: { entity: 'admin', name: 'single sign-on', mend: 'known again by the verified address' },
  device: { entity: 'device', name: 'device', mend: 'signs in as a new one' },
  'gateway-token': {
    entity: 'gateway-token',
    name: 'gateway token',
    mend: 'a new one comes from `gatehouse token create --gateway NAME`',
  },
  webhook: { entity: 'webhook', name: 'webhook endpoint', mend: 'to be added again where it is wanted' },
};

/** Runs in the restore's commit, after rows were closed again. Answers what the backup had, and has no more. */
export async function endAgain(change: Change, ended: readonly Ended[]): Promise<EndedAgain[]> {
  const done: EndedAgain[] = [];
  const say = async (one: Ended): Promise<void> => {
    const { what, id } = one;
    change.event({
      name: 'secret.ended',
      subject: { entity: words[what].entity, id },
      details: { what },
      cause: { actor: 'system' },
    });
    const { name, mend } = words[what];
    done.push({ what, name, whose: await nameOf(change, one), mend });
  };
  for (const one of ended) if (await endOne(change, one)) await say(one);
  for (const id of adminsWithFactors(ended)) {
    if (await voidLonePassword(change, id)) await say({ what: 'admin-password', id });
  }
  return done;
}

/** Whether there was something to end. */
async function endOne({ db, now }: Change, one: Ended): Promise<boolean> {
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

function adminsWithFactors(ended: readonly Ended[]): ReadonlySet<string> {
  const factors: readonly Ended['what'][] = ['password-alone', 'authenticator', 'passkey'];
  return new Set(ended.filter(({ what }) => factors.includes(what)).map(({ id }) => id));
}

async function voidLonePassword({ db }: Change, id: string): Promise<boolean> {
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

async function nameOf({ db }: Change, { what, id }: Ended): Promise<string> {
  const entity = words[what].entity;
  if (entity === 'developer' || entity === 'admin') {
    const found = await db
      .selectFrom(entity === 'developer' ? 'developers' : 'admins')
      .select('email')
      .where('id', '=', id)
      .executeTakeFirst();
    return found?.email ?? id;
  }
  if (what === 'device') {
    const device = await db.selectFrom('devices').select('name').where('id', '=', id).executeTakeFirst();
    return device?.name ?? id;
  }
  if (what === 'gateway-token') {
    const gateway = await db
      .selectFrom('gatewaySecrets as s')
      .innerJoin('gateways as g', 'g.id', 's.gatewayId')
      .select('g.name')
      .where('s.id', '=', id)
      .executeTakeFirst();
    return gateway?.name ?? id;
  }
  return id;
}

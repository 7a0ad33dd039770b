/** How a restore speaks of what it ended: what it was, whose, and what they do now. */
import type { Change } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';

interface Words {
  /** As the log's subject. */
  readonly entity: string;
  readonly name: string;
  readonly mend: string;
}

const newAdminPassword = 'a new one comes from `gatehouse admin reset EMAIL --password`';

export const words: Readonly<Record<Ended['what'], Words>> = {
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

/** As people call the one whose it is; the id where the backup does not know. */
export async function nameOf({ db }: Change, { what, id }: Ended): Promise<string> {
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

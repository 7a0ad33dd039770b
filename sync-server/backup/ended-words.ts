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
  identities: {
    entity: 'admin',
    name: 'single sign-on',
    mend: 'known by what it was bound to since, else by the verified address',
  },
  identity: { entity: 'admin', name: 'single sign-on', mend: 'goes on' },
  device: { entity: 'device', name: 'device', mend: 'signs in as a new one' },
  'gateway-token': {
    entity: 'gateway-token',
    name: 'gateway token',
    mend: 'a new one comes from `gatehouse token create --gateway NAME`',
  },
  webhook: { entity: 'webhook', name: 'webhook endpoint', mend: 'to be added again where it is wanted' },
  'webhook-secret': {
    entity: 'webhook',
    name: 'secret of a webhook',
    mend: 'paused; give the receiver a new one from `gatehouse webhook secret ID`, then `gatehouse webhook resume ID`',
  },
  'webhook-changed': {
    entity: 'webhook',
    name: 'settings of a webhook',
    mend: 'paused; see its address and events in `gatehouse webhook list`, then `gatehouse webhook resume ID`',
  },
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
  if (entity === 'webhook') {
    const webhook = await db
      .selectFrom('webhookEndpoints')
      .select('url')
      .where('id', '=', id)
      .executeTakeFirst();
    // Never its path or query: those may hold a token of the receiver's.
    return webhook ? `${new URL(webhook.url).host} (${id})` : id;
  }
  return id;
}

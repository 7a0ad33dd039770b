/** Who writes to whom, ready for the texts. */
import type { Deps, Mail } from '../config/deps.ts';
import { portalAddress, type Portal } from '../tenancy/portals.ts';
import type { Envelope, Text } from './texts.ts';

/** What the portal's mails have in common. Inside a commit, `db` is the commit's own. */
export async function envelopeOf(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  portal: Portal,
  name: string,
): Promise<Envelope> {
  return { portal: portal.displayName, name, address: await portalAddress(db, config.publicUrl, portal) };
}

export function mailTo(recipient: string, portal: Portal, { subject, body }: Text): Mail {
  return { portalId: portal.id, recipient, subject, body };
}

/** Mails wait in the database: queued in the commit that causes them, so that none is lost and none sent for nothing. */
import { newId, type QueueMail } from '../config/deps.ts';
import type { Sealer } from '../secrets/seal.ts';
import { ownerOf } from '../secrets/sealed.ts';

/** How often a mail is tried before it is left for the operator to look at. */
export const maxAttempts = 20;

/** Bodies are sealed: they may hold links, and what a row once held stays in the database's files for a while. */
export function createMailQueue(sealer: Sealer): QueueMail {
  return async (change, mails) => {
    if (mails.length === 0) return;
    const now = Date.parse(change.now);
    const rows = mails.map(async ({ portalId, recipient, subject, body }) => {
      const id = newId(() => now);
      return {
        id,
        portalId,
        recipient,
        subject,
        body: '',
        sealedBody: await sealer.seal(Buffer.from(body, 'utf8'), ownerOf.mail(id)),
        createdAt: change.now,
        nextAttemptAt: change.now,
        sentAt: null,
        lastError: null,
      };
    });
    await change.db
      .insertInto('mailOutbox')
      .values(await Promise.all(rows))
      .execute();
  };
}

/** What a waiting row is to say. Throws `secrets_key_wrong` where it was queued under another key. */
export async function openBody(
  sealer: Sealer,
  mail: { readonly id: string; readonly body: string; readonly sealedBody: Buffer | null },
): Promise<string> {
  if (mail.sealedBody === null) return mail.body;
  return (await sealer.open(mail.sealedBody, ownerOf.mail(mail.id))).toString('utf8');
}

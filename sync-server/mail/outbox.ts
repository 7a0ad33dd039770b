/** Mails wait in the database: queued in the commit that causes them, so that none is lost and none sent for nothing. */
import { newId, type QueueMail } from '../config/deps.ts';

/** How often a mail is tried before it is left for the operator to look at. */
export const maxAttempts = 20;

export const queueMail: QueueMail = async (change, mails) => {
  if (mails.length === 0) return;
  const now = Date.parse(change.now);
  await change.db
    .insertInto('mailOutbox')
    .values(
      mails.map(({ portalId, recipient, subject, body }) => ({
        id: newId(() => now),
        portalId,
        recipient,
        subject,
        body,
        createdAt: change.now,
        nextAttemptAt: change.now,
        sentAt: null,
        lastError: null,
      })),
    )
    .execute();
};

/**
 * Sends what waits in the outbox. Any number of processes may run it: each claims rows that no other has locked, and marks
 * them in the same transaction. A mail that was handed over while the process died is sent again under the same
 * message id; none is lost.
 */
import type { Selectable } from 'kysely';
import { GatehouseError } from '../../domain/errors.ts';
import type { Deps } from '../config/deps.ts';
import { isoTime } from '../config/deps.ts';
import type { Database } from '../db/schema.ts';
import { startRounds } from '../rounds/rounds.ts';
import type { Sealer } from '../secrets/seal.ts';
import { maxAttempts, openBody } from './outbox.ts';
import type { MailTransport } from './transport.ts';

export interface Sender {
  /** Looks at once, without waiting for the next round; settles when nothing is due. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

type SenderDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'wake' | 'metrics' | 'sealer'>;

/** How often the outbox is looked at without a wake-up: for mails whose commit logged nothing, and for retries. */
const roundMilliseconds = 1_000;
const batch = 10;
const firstDelay = 5_000;
const longestDelay = 3_600_000;

/** Milliseconds until the next try: 5 s, doubling up to an hour. */
export function backOff(attempts: number): number {
  return Math.min(firstDelay * 2 ** (attempts - 1), longestDelay);
}

export function startSender(deps: SenderDeps, transport: MailTransport): Sender {
  const drain = async (stopped: () => boolean): Promise<void> => {
    while (!stopped() && (await sendBatch(deps, transport)) === batch);
  };
  const rounds = startRounds(drain, {
    every: roundMilliseconds,
    wake: deps.wake,
    failed: (error) => deps.log.warn({ err: error }, 'the mail outbox could not be read; trying again'),
  });
  return {
    flush: rounds.now,
    async stop() {
      await rounds.stop();
      transport.close();
    },
  };
}

/** Tries up to one batch of due mails; how many it took. */
async function sendBatch(
  { db, clock, log, metrics, sealer }: SenderDeps,
  transport: MailTransport,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom('mailOutbox')
      .selectAll()
      .where('sentAt', 'is', null)
      .where('attempts', '<', maxAttempts)
      .where('nextAttemptAt', '<=', isoTime(clock()))
      .orderBy('nextAttemptAt')
      .limit(batch)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const mail of due) {
      const outcome = await attempt(sealer, transport, mail);
      // Another server queued it under a key of its own, and can send it.
      const attempts = outcome === 'secrets_key_wrong' ? mail.attempts : mail.attempts + 1;
      if (outcome !== null)
        log.warn({ mail: mail.id, attempts, reason: outcome }, 'a mail could not be sent');
      const sent = outcome === null;
      metrics.mails.inc({ result: sent ? 'sent' : 'failed' });
      await trx
        .updateTable('mailOutbox')
        .set({
          attempts,
          sentAt: sent ? isoTime(clock()) : null,
          lastError: outcome,
          // What was sent is not kept: it may hold a link that signs somebody in.
          ...(sent ? { body: '', sealedBody: null } : {}),
          nextAttemptAt: isoTime(clock() + backOff(Math.max(1, attempts))),
        })
        .where('id', '=', mail.id)
        .execute();
    }
    return due.length;
  });
}

/** Null where it was handed over, else why not, in a form that holds nothing of the mail. */
async function attempt(
  sealer: Sealer,
  transport: MailTransport,
  mail: Selectable<Database['mailOutbox']>,
): Promise<string | null> {
  try {
    const { id, recipient, subject } = mail;
    await transport.send({ id, recipient, subject, body: await openBody(sealer, mail) });
    return null;
  } catch (error) {
    if (error instanceof GatehouseError) return error.code;
    return error instanceof Error ? error.message.slice(0, 500) : 'unknown';
  }
}

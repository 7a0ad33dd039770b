/**
 * Takes a person's data out of what is left: the log keeps its entries, their order and their digests, and loses the
 * payloads; what was deleted keeps its reference ids and, where an admin had refused, a keyed hash of the address.
 */
import { sql } from 'kysely';
import { isHumanNo } from '../../domain/autoapprove.ts';
import { serverItself } from '../changelog/entries.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import { hashEmail } from '../developers/hashed-email.ts';
import type { Sealer } from '../secrets/seal.ts';
import type { ErasedDetails } from '../../domain/wire/audit.ts';

export interface Forgotten extends ErasedDetails {
  /** Mails that were taken out, by their ids: there may be files of that name. */
  readonly mails: readonly string[];
}

export async function forgetDeveloper(
  change: Change,
  sealer: Sealer,
  developerId: string,
  ids: readonly string[],
  cause: Cause,
): Promise<Forgotten> {
  const mails = await forgetMails(change, ids);
  const payloads = [...(await erasePayloads(change, ids)), ...(await eraseReasons(change, ids))].toSorted(
    (a, b) => a - b,
  );
  const contexts = await eraseContexts(change, developerId);
  await forgetAddress(change, sealer, developerId);
  await change.db.deleteFrom('auditNames').where('entityId', '=', among(ids)).execute();
  await change.db.deleteFrom('sharedChunks').execute();
  await change.db.deleteFrom('sharedSnapshots').execute();
  const { seq } = await change.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  await change.db
    .insertInto('erasures')
    .values({ seq, developerId, at: change.now })
    .onConflict((conflict) => conflict.column('seq').doNothing())
    .execute();
  const details: ErasedDetails = { payloads, contexts };
  change.event({
    name: 'developer.erased',
    subject: { entity: 'developer', id: developerId },
    details: { ...details },
    cause,
  });
  return { ...details, mails };
}

function among(ids: readonly string[]) {
  return sql<string>`any(${[...ids]}::uuid[])`;
}

/** Images and events; not the tombstones, which hold nothing and which desks have yet to hear. */
async function erasePayloads(change: Change, ids: readonly string[]): Promise<number[]> {
  const erased = await change.db
    .updateTable('changeLog')
    .set({ payload: null, salt: null })
    .where('entityId', '=', among(ids))
    .where('entityId', '!=', serverItself.id)
    .where('payload', 'is not', null)
    .where((eb) =>
      eb.or([
        eb.and([eb('kind', '=', 'row'), eb('action', '!=', 'deleted')]),
        eb.and([eb('kind', '=', 'event'), eb('action', '!=', 'developer.erased')]),
      ]),
    )
    .returning('seq')
    .execute();
  return erased.map(({ seq }) => seq);
}

/** Outcomes that repeat what an admin wrote about them; the stored answer stays, without the reason. */
async function eraseReasons(change: Change, ids: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ seq: number }>`
    update change_log set payload = null, salt = null
    where kind = 'outcome' and entity_id = ${among(ids)} and payload is not null
      and convert_from(payload, 'UTF8')::jsonb #>> '{decision,reason}' is not null
    returning seq`.execute(change.db);
  const seqs = rows.map(({ seq }) => seq);
  await sql`
    update intent_outcomes set outcome = jsonb_set(outcome, '{decision,reason}', 'null')
    where seq = any(${seqs}::bigint[])`.execute(change.db);
  return seqs;
}

/** From where they themselves came. */
async function eraseContexts(change: Change, developerId: string): Promise<number[]> {
  const erased = await change.db
    .updateTable('changeLog')
    .set({ context: null, contextSalt: null })
    .where('actor', '=', `developer:${developerId}`)
    .where('context', 'is not', null)
    .returning('seq')
    .execute();
  return erased.map(({ seq }) => seq).toSorted((a, b) => a - b);
}

/** Mails to any address that they have ever had. Before the log forgets the addresses. */
async function forgetMails(change: Change, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from mail_outbox where recipient in (
      select convert_from(payload, 'UTF8')::jsonb ->> 'email' from change_log
      where entity_id = ${among(ids)} and kind = 'row' and entity = 'developer' and action <> 'deleted'
        and payload is not null)
    returning id`.execute(change.db);
  return rows.map(({ id }) => id);
}

async function forgetAddress(change: Change, sealer: Sealer, developerId: string): Promise<void> {
  const records = await change.db
    .selectFrom('deletedRecords')
    .select(['entity', 'id', 'emailNormal', 'state', 'deletedBy'])
    .where('developerId', '=', developerId)
    .execute();
  for (const { entity, id, emailNormal, state, deletedBy } of records) {
    if (emailNormal === null) continue;
    const kept = isHumanNo({ state, deletedBy }) ? await hashEmail(change.db, sealer, emailNormal) : null;
    await change.db
      .updateTable('deletedRecords')
      .set({ emailNormal: null, emailSealed: kept })
      .where('entity', '=', entity)
      .where('id', '=', id)
      .execute();
  }
}

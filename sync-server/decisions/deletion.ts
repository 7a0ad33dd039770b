/**
 * Deletion takes along what hangs on the row. What is deleted is remembered without its content: reference ids are never
 * used again, and auto-approve never undoes an admin's deletion (rules 7, 31).
 */
import { sql } from 'kysely';
import type { Row } from '../../domain/entities.ts';
import type { Target } from '../../domain/intents.ts';
import type { Cause, Change } from '../changelog/commit.ts';
import type { WorkingRows } from './rows.ts';
import type { Writes } from './writes.ts';

interface Remembered {
  readonly entity: string;
  readonly id: string;
  readonly portalId: string;
  readonly developerId: string;
  readonly versionId: string | null;
  readonly referenceId: string | null;
  readonly state: string;
  readonly deletedBy: string;
}

export interface Deletions {
  /** Removes the target and all below it from the working rows, and gathers their tombstones. */
  remove(target: Target, cause: Cause): Promise<void>;
  /** Remembers all that was removed. Before the rows are written: it reads who their people were. */
  remember(change: Change): Promise<void>;
}

export function gatherDeletions(rows: WorkingRows, writes: Writes): Deletions {
  const remembered: Remembered[] = [];

  function note(
    entity: Remembered['entity'],
    { id, portalId, state }: Pick<Remembered, 'id' | 'portalId' | 'state'>,
    { actor }: Cause,
    more: Pick<Remembered, 'developerId'> & Partial<Remembered>,
  ): void {
    const about = { versionId: null, referenceId: null, ...more };
    remembered.push({ entity, id, portalId, state, deletedBy: actor, ...about });
  }

  async function removeCredential(row: Row<'credential'>, cause: Cause): Promise<void> {
    rows.credential.delete(row.id);
    await writes.buckets.credential.add({ row, cause, gone: true });
  }

  async function removeRegistration(row: Row<'registration'>, cause: Cause): Promise<void> {
    const { developerId, versionId } = row;
    rows.registration.delete(row.id);
    note('registration', row, cause, { developerId, versionId });
    await writes.buckets.registration.add({ row, cause, gone: true });
  }

  async function removeApplication(row: Row<'application'>, cause: Cause): Promise<void> {
    const { id, developerId, referenceId } = row;
    for (const credential of [...rows.credential.values()]) {
      if (credential.applicationId === id) await removeCredential(credential, cause);
    }
    for (const registration of [...rows.registration.values()]) {
      if (registration.applicationId === id) await removeRegistration(registration, cause);
    }
    rows.application.delete(id);
    note('application', row, cause, { developerId, referenceId });
    await writes.buckets.application.add({ row, cause, gone: true });
  }

  async function removeDeveloper(row: Row<'developer'>, cause: Cause): Promise<void> {
    const { id } = row;
    for (const application of [...rows.application.values()]) {
      if (application.developerId === id) await removeApplication(application, cause);
    }
    rows.developer.delete(id);
    note('developer', row, cause, { developerId: id });
    await writes.buckets.developer.add({ row, cause, gone: true });
  }

  async function removeFound<R>(
    row: R | undefined,
    remove: (row: R, cause: Cause) => Promise<void>,
    cause: Cause,
  ): Promise<void> {
    if (row !== undefined) await remove(row, cause);
  }

  return {
    async remove({ kind, id }, cause) {
      switch (kind) {
        case 'developer':
          return removeFound(rows.developer.get(id), removeDeveloper, cause);
        case 'application':
          return removeFound(rows.application.get(id), removeApplication, cause);
        case 'registration':
          return removeFound(rows.registration.get(id), removeRegistration, cause);
        case 'credential':
          return removeFound(rows.credential.get(id), removeCredential, cause);
      }
    },
    async remember(change) {
      if (remembered.length === 0) return;
      await sql`
        insert into deleted_records (entity, id, portal_id, email_normal, developer_id, version_id, reference_id, state,
          deleted_by, deleted_at)
        select entity, id, r."portalId", s.email_normal, r."developerId", r."versionId", r."referenceId", state,
          r."deletedBy", ${change.now}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(remembered)}::jsonb) as r (entity text, id uuid, "portalId" uuid,
          "developerId" uuid, "versionId" uuid, "referenceId" text, state text, "deletedBy" text)
        left join developer_secrets s on s.developer_id = r."developerId"`.execute(change.db);
    },
  };
}

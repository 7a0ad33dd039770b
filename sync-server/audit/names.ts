/**
 * Keeps every name that a thing has ever had, so that the audit finds it by any of them, also once it is gone. Written by
 * the commits themselves, and only where a name may have changed: a decision costs nothing here.
 */
import { sql } from 'kysely';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Projection, RowChange } from '../changelog/commit.ts';
import { wordsOf } from './words.ts';

function namesOf(row: Row<EntityKind>): string[] {
  return [
    ...('name' in row ? [row.name] : []),
    ...('displayName' in row ? [row.displayName] : []),
    ...('email' in row ? [row.email] : []),
    ...('referenceId' in row ? [row.referenceId] : []),
  ];
}

function isDecision({ row }: RowChange): boolean {
  return 'decidedRevision' in row && row.revision > 1 && row.decidedRevision === row.revision;
}

export const rememberNames: Projection = async (change, changed) => {
  const named = changed
    .filter((one) => !one.gone && !isDecision(one))
    .flatMap(({ row }) => namesOf(row).map((name) => ({ id: row.id, words: wordsOf(name) })))
    .filter(({ words }) => words !== '');
  if (named.length === 0) return;
  await sql`
    insert into audit_names (entity_id, words)
    select id, words from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as r (id uuid, words text)
    on conflict do nothing`.execute(change.db);
};

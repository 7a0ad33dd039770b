/** The rows that a slice of intents is about, loaded with a handful of set-based queries, however many intents it has. */
import { sql } from 'kysely';
import type { Row } from '../../domain/entities.ts';
import type { Intent } from '../../domain/intents.ts';
import type { TargetKind } from '../../domain/states.ts';
import type { Db } from '../db/schema.ts';

/** Kind → id → row as it is after the intents decided so far. */
export type WorkingRows = {
  readonly [K in TargetKind | 'publication']: Map<string, Row<K>>;
};

function among(ids: Iterable<string>) {
  return sql<string>`any(${[...new Set(ids)]}::uuid[])`;
}

function byId<R extends { readonly id: string }>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** Targets, the rows that they are judged with, and what a deletion takes along. */
export async function loadRows(
  db: Db,
  intents: readonly Pick<Intent, 'action' | 'target'>[],
): Promise<WorkingRows> {
  const targets = (kind: TargetKind): string[] =>
    intents.filter(({ target }) => target.kind === kind).map(({ target }) => target.id);
  const deleted = (kind: TargetKind): string[] =>
    intents
      .filter(({ action, target }) => action === 'delete' && target.kind === kind)
      .map(({ target }) => target.id);

  const doomedDevelopers = deleted('developer');
  const orphans =
    doomedDevelopers.length === 0
      ? []
      : await db
          .selectFrom('applications')
          .selectAll()
          .where('developerId', '=', among(doomedDevelopers))
          .execute();
  const doomed = [...deleted('application'), ...orphans.map(({ id }) => id)];
  const registrations = await db
    .selectFrom('registrations')
    .selectAll()
    .where((eb) =>
      eb.or([eb('id', '=', among(targets('registration'))), eb('applicationId', '=', among(doomed))]),
    )
    .execute();
  const credentials = await db
    .selectFrom('credentials')
    .selectAll()
    .where((eb) =>
      eb.or([eb('id', '=', among(targets('credential'))), eb('applicationId', '=', among(doomed))]),
    )
    .execute();
  const parents = [...registrations, ...credentials].map(({ applicationId }) => applicationId);
  const applications = await db
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', among([...targets('application'), ...doomed, ...parents]))
    .execute();
  const developers = await db
    .selectFrom('developers')
    .selectAll()
    .where('id', '=', among([...targets('developer'), ...applications.map((row) => row.developerId)]))
    .execute();
  const publications = await db
    .selectFrom('publications')
    .selectAll()
    .where('id', '=', among(registrations.map((row) => row.publicationId)))
    .execute();
  return {
    developer: byId(developers),
    application: byId(applications),
    registration: byId(registrations),
    credential: byId(credentials),
    publication: byId(publications),
  };
}

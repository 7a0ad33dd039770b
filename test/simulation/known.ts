/** What a desk's decisions ask of its copy: the rows that they are about, with the revisions that make their basis. */
import { z } from 'zod';
import type { Row } from '../../domain/entities.ts';
import type { Known } from '../../main/core/decisions/targets.ts';
import type { Bind } from '../../main/core/replica/calls.ts';
import type { Rows } from './rows.ts';

const idsSchema = z.array(z.uuid());

function developer({ id, state, name, revision }: Row<'developer'>) {
  return { id, state, title: name, productId: null, basis: { developer: revision }, related: [] };
}

function application(rows: Rows, { id, state, name, revision, developerId }: Row<'application'>) {
  const owner = rows.developer.get(developerId);
  const basis = { application: revision, ...(owner ? { developer: owner.revision } : {}) };
  return { id, state, title: name, productId: null, basis, related: [developerId] };
}

function registration(rows: Rows, row: Row<'registration'>) {
  const { id, state, revision, applicationId, developerId, publicationId, versionId } = row;
  const productId = rows.version.get(versionId)?.productId ?? null;
  const found = {
    application: rows.application.get(applicationId)?.revision,
    developer: rows.developer.get(developerId)?.revision,
    publication: rows.publication.get(publicationId)?.revision,
  };
  const stated = Object.entries(found).filter(([, seen]) => seen !== undefined);
  const basis = { registration: revision, ...Object.fromEntries(stated) };
  return { id, state, title: id, productId, basis, related: [applicationId, developerId] };
}

/** The rows by the ids in the first bind, of whatever kind: ids are unique. */
export function knownTargets(rows: Rows, [list]: readonly Bind[]): Omit<Known, 'kind'>[] {
  return idsSchema.parse(JSON.parse(String(list))).flatMap((id): Omit<Known, 'kind'>[] => {
    const credential = rows.credential.get(id);
    const found = {
      developer: rows.developer.get(id),
      application: rows.application.get(id),
      registration: rows.registration.get(id),
    };
    if (found.developer) return [developer(found.developer)];
    if (found.application) return [application(rows, found.application)];
    if (found.registration) return [registration(rows, found.registration)];
    if (!credential) return [];
    const { state, name, revision } = credential;
    return [{ id, state, title: name, productId: null, basis: { credential: revision }, related: [] }];
  });
}

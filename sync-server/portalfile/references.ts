/** Checks that need more than one place of the file: names that are given twice or lead nowhere, and rule 27. */
import type { PortalFile } from './schema.ts';

/** A mistake and where it is, as a path into the file. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

export function findMistakes(file: PortalFile): Mistake[] {
  return [...doubles(file), ...unknownNames(file), ...openRegistrations(file)];
}

type Path = Mistake['path'];

function repeated(names: readonly { readonly name: string; readonly path: Path }[], what: string): Mistake[] {
  const seen = new Set<string>();
  return names.flatMap(({ name, path }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path, reason: `${what} "${name}" is here twice` }];
  });
}

function doubles(file: PortalFile): Mistake[] {
  const named = (list: readonly { readonly name: string }[], path: Path) =>
    list.map(({ name }, index) => ({ name, path: [...path, index, 'name'] }));
  return [
    ...repeated(named(file.gateways, ['gateways']), 'the gateway'),
    ...file.gateways.flatMap((gateway, index) => [
      ...repeated(named(gateway.services, ['gateways', index, 'services']), 'the service'),
      ...repeated(
        gateway.services.map(({ path }, place) => ({
          name: path,
          path: ['gateways', index, 'services', place, 'path'],
        })),
        'the path',
      ),
    ]),
    ...repeated(named(file.strategies, ['strategies']), 'the strategy'),
    ...repeated(
      file.products.map(({ slug }, index) => ({ name: slug, path: ['products', index, 'slug'] })),
      'the product',
    ),
    ...file.products.flatMap(({ versions, documents }, index) => [
      ...repeated(named(versions, ['products', index, 'versions']), 'the version'),
      ...repeated(
        documents.map(({ slug }, place) => ({
          name: slug,
          path: ['products', index, 'documents', place, 'slug'],
        })),
        'the document',
      ),
    ]),
    ...repeated(named(file.portals, ['portals']), 'the portal'),
    ...repeated(
      file.portals.flatMap(({ hosts }, index) =>
        hosts.map((host, place) => ({ name: host.toLowerCase(), path: ['portals', index, 'hosts', place] })),
      ),
      'the host',
    ),
    ...file.portals.flatMap(({ publications }, index) =>
      repeated(
        publications.map(({ version }, place) => ({
          name: version,
          path: ['portals', index, 'publications', place, 'version'],
        })),
        'the publication of',
      ),
    ),
  ];
}

function unknownNames(file: PortalFile): Mistake[] {
  const services = new Set(
    file.gateways.flatMap(({ name, services }) => services.map((service) => `${name}/${service.name}`)),
  );
  const versions = new Set(
    file.products.flatMap(({ slug, versions }) => versions.map(({ name }) => `${slug}/${name}`)),
  );
  const strategies = new Set(file.strategies.map(({ name }) => name));
  const unknown = (known: Set<string>, name: string | undefined, path: Path, what: string): Mistake[] =>
    name === undefined || known.has(name)
      ? []
      : [{ path, reason: `there is no ${what} "${name}" in this file` }];
  return [
    ...file.products.flatMap((product, index) => [
      ...product.versions.flatMap((version, place) =>
        version.services.flatMap((name, link) =>
          unknown(services, name, ['products', index, 'versions', place, 'services', link], 'service'),
        ),
      ),
      ...product.documents.flatMap(({ parent }, place) =>
        unknown(
          new Set(product.documents.map(({ slug }) => slug)),
          parent,
          ['products', index, 'documents', place, 'parent'],
          'document',
        ),
      ),
    ]),
    ...file.portals.flatMap((portal, index) => [
      ...unknown(strategies, portal.defaultStrategy, ['portals', index, 'defaultStrategy'], 'strategy'),
      ...portal.publications.flatMap(({ version, strategy }, place) => [
        ...unknown(versions, version, ['portals', index, 'publications', place, 'version'], 'version'),
        ...unknown(strategies, strategy, ['portals', index, 'publications', place, 'strategy'], 'strategy'),
      ]),
    ]),
  ];
}

/** A public portal cannot have registration on, nor can a version without a strategy. */
function openRegistrations(file: PortalFile): Mistake[] {
  return file.portals.flatMap((portal, index) =>
    portal.publications.flatMap(({ registration, strategy }, place) => {
      const path = ['portals', index, 'publications', place, 'registration'];
      if (!registration) return [];
      if (portal.isPublic)
        return [{ path, reason: 'registration needs a portal with sign-in: set isPublic to false' }];
      if (strategy === undefined && portal.defaultStrategy === undefined) {
        return [{ path, reason: 'registration needs a strategy: name one here or a defaultStrategy' }];
      }
      return [];
    }),
  );
}

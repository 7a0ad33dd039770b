/** The catalog of the portal in memory: what may be seen without signing in, and what only after. */
import { empty, page, Refusal, signedIn, type Asked, type Route } from './route.ts';
import type { Offer, Version, World } from './world.ts';

const v2 = '/api/v2';

export function catalogRoutes(world: World): Route[] {
  const visible = ({ account }: Asked): Offer[] =>
    world.offers.filter(({ isPublic }) => isPublic || account !== null || world.portal.isPublic);

  function offer(asked: Asked, id: string | undefined): Offer {
    const found = visible(asked).find(({ product }) => product.id === id);
    if (!found) throw new Refusal('not_found');
    return found;
  }

  function version(asked: Asked, product: string | undefined, id: string | undefined): Version {
    const found = offer(asked, product).versions.find((candidate) => candidate.id === id);
    if (!found) throw new Refusal('not_found');
    return found;
  }

  return [
    [
      'GET',
      at('/products'),
      (asked) =>
        page(
          asked,
          visible(asked).map(({ product }) => product),
        ),
    ],
    [
      'GET',
      at('/search/product-catalog'),
      (asked) => {
        const words = (asked.query.get('q') ?? '').toLowerCase();
        const found = visible(asked).filter(({ product }) =>
          `${product.name} ${product.description ?? ''}`.toLowerCase().includes(words),
        );
        return page(
          asked,
          found.map(({ product }) => ({ index: 'product-catalog', source: product })),
        );
      },
    ],
    ['GET', at('/products/([^/]+)'), (asked, [id]) => offer(asked, id).product],
    [
      'GET',
      at('/products/([^/]+)/versions'),
      (asked, [id]) => page(asked, offer(asked, id).versions.map(published)),
    ],
    ['GET', at('/products/([^/]+)/versions/([^/]+)'), (asked, [id, of]) => published(version(asked, id, of))],
    [
      'GET',
      at('/products/([^/]+)/versions/([^/]+)/spec/operations'),
      (asked, [id, of]) => {
        const { operations } = version(asked, id, of);
        return operations.length === 0 ? empty(204) : { api_type: 'openapi', operations };
      },
    ],
    ['GET', at('/products/([^/]+)/documents'), (asked, [id]) => page(asked, offer(asked, id).documents)],
    [
      'GET',
      at('/products/([^/]+)/documents/([^/]+)'),
      (asked, [id, document]) => {
        const content = offer(asked, id).texts.get(document ?? '');
        if (content === undefined) throw new Refusal('not_found');
        return { id: document, parent_document_id: null, slug: 'document', title: 'Document', content };
      },
    ],
    [
      'GET',
      /^\/api\/gatehouse\/v1\/versions\/([^/]+)$/,
      (asked, [id]) => {
        signedIn(asked);
        const found = world.offers
          .flatMap(({ versions }) => versions)
          .find((candidate) => candidate.id === id);
        if (!found) throw new Refusal('not_found');
        const { open, autoApprove, strategy, paths } = found;
        return { id, registrationOpen: open, autoApprove, strategy, paths };
      },
    ],
  ];
}

function at(path: string): RegExp {
  return new RegExp(`^${v2}${path}$`);
}

function published({ id, name, deprecated, registration_configs, created_at, updated_at }: Version) {
  return { id, name, deprecated, registration_configs, created_at, updated_at };
}

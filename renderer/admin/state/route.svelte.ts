/** Where the window is, kept in the address's fragment, so that Back and a bookmark work on both hosts. */
import { requestKinds, type RequestKind } from '../../../domain/states.ts';

export type Place =
  /** What waits for a decision: of one kind, or all. */
  | { readonly page: 'queue'; readonly kind: RequestKind | null }
  /** Everything of one kind, in any state. */
  | { readonly page: 'records'; readonly kind: RequestKind }
  | { readonly page: 'outbox' }
  | { readonly page: 'attention' };

export const queue: Place = { page: 'queue', kind: null };

export function formatPlace(place: Place): string {
  switch (place.page) {
    case 'queue':
      return place.kind === null ? '#/queue' : `#/queue/${place.kind}`;
    case 'records':
      return `#/records/${place.kind}`;
    case 'outbox':
    case 'attention':
      return `#/${place.page}`;
  }
}

/** Anything unknown is the queue: the fragment is a convenience, never an error. */
export function parsePlace(fragment: string): Place {
  const [, page, rest] = fragment.split('/');
  const kind = requestKinds.find((candidate) => candidate === rest) ?? null;
  if (page === 'records' && kind !== null) return { page, kind };
  if (page === 'outbox' || page === 'attention') return { page };
  return { page: 'queue', kind };
}

export interface Route {
  readonly place: Place;
  go(place: Place): void;
}

/** `onMove` hears of every change, by a link, a key or the browser's Back. */
export function createRoute(
  page: Pick<Window, 'location' | 'addEventListener'>,
  onMove: (place: Place) => void,
): Route {
  let place: Place = $state.raw(parsePlace(page.location.hash));

  function move(next: Place): void {
    if (formatPlace(next) === formatPlace(place)) return;
    place = next;
    onMove(next);
  }
  page.addEventListener('hashchange', () => move(parsePlace(page.location.hash)));

  return {
    get place() {
      return place;
    },
    go(next) {
      move(next);
      page.location.hash = formatPlace(next);
    },
  };
}

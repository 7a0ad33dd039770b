import type { Desk } from '../../../domain/desk/api.ts';
import type { Link, LinkState } from '../transport/link.ts';

const states: readonly LinkState[] = ['connecting', 'ready', 'lost', 'refused', 'no-token'];

/** A link that stands still in the named state, ready where the name is none of them. */
export function fakeLink(desk: Desk, name: string | null = null): Link {
  return { desk, state: states.find((state) => state === name) ?? 'ready', onState: () => () => {} };
}

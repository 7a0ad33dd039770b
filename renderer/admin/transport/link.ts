/** What the pages hold of the desk: its calls, and whether it can be reached at all. */
import type { Desk } from '../../../domain/desk/api.ts';

/** How the connection to the desk's own process stands; the connection to the server is the desk's affair. */
export type LinkState =
  | 'connecting'
  | 'ready'
  /** It was there and is gone; trying again. */
  | 'lost'
  /** The desk does not know this page: it was started again, with another token. */
  | 'refused'
  /** The page was opened or reloaded without the launch token. */
  | 'no-token';

export interface Link {
  readonly desk: Desk;
  readonly state: LinkState;
  /** Tells every change of `state`; returns the way to stop listening. */
  onState(listener: (state: LinkState) => void): () => void;
}

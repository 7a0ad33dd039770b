/** What a desk in memory is to be like. */
import type { Session } from '../../../domain/desk/rows.ts';

export interface FakeOptions {
  /** Developers, each with an application and a registration. */
  readonly size?: number;
  readonly now?: () => number;
  readonly online?: boolean;
  readonly signedIn?: boolean;
  readonly secrets?: Session['secrets'];
  /** Whether a browser can be opened for signing in; where not, nobody has signed in by that. */
  readonly opens?: boolean;
  readonly role?: 'viewer' | 'reviewer' | 'owner';
  /** How many decisions of the desk were superseded. */
  readonly superseded?: number;
  readonly holdMs?: number;
  /** Milliseconds that every answer takes. */
  readonly latency?: number;
}

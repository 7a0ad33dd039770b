/**
 * A fault that is put into a copy of the source on purpose, to see that the check made for it turns red. The text to be
 * replaced must stand in the file exactly once, so that a plant cannot rot in silence.
 */
export interface Plant {
  /** What is wrong now, e.g. `no fsync in the journal`. */
  readonly fault: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The name of the check that has to turn red. */
  readonly check: string;
  /** No other check notices it: what it breaks is that one's property and nobody else's. `--others` holds it to that. */
  readonly alone?: true;
}

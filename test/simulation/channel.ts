/** Things on their way between two machines, in the order in which they were sent. */

export interface Delivery {
  /** For traces. */
  readonly what: string;
  /** It arrives. */
  readonly arrive: () => void | Promise<void>;
  /** It never will. */
  readonly lose: () => void;
}

export interface Channel {
  readonly client: string;
  /** The server it leads to or comes from; null until that is decided on arrival. */
  readonly server: () => number | null;
  readonly queue: Delivery[];
}

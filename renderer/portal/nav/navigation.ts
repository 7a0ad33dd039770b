/** What pages need of the router, so that they run without one in tests. */
export interface Navigation {
  /** The path below the prefix, without query. */
  readonly path: string;
  /** A part of the path, such as the id of an application; empty where there is none. */
  param(name: string): string;
  /** A value of the query; null where there is none. */
  query(name: string): string | null;
  /** The address of a path, with the prefix: for links. */
  href(path: string): string;
  /** Goes to a path, with its query if it has one. */
  go(path: string, how?: { readonly replace?: boolean }): void;
  /** Writes values into the query of the present address without leaving the page; null takes one out. */
  setQuery(values: Readonly<Record<string, string | null>>): void;
  /** Asks before the page is left; answers how to stop asking. */
  guard(mayLeave: () => boolean | Promise<boolean>): () => void;
}

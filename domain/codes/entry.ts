/** The shape of one row in the table of error codes. */
export interface Entry {
  /** HTTP status where it travels over HTTP. */
  readonly status: number;
  /** What happened, in one sentence. */
  readonly message: string;
  /** What to do now. */
  readonly mend: string;
}

/** Keeps the codes of a group as literal types. */
export function entries<const T extends Record<string, Entry>>(table: T): { readonly [K in keyof T]: Entry } {
  return table;
}

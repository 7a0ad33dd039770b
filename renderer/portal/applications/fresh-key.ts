/** A key in the only moment in which it can be seen. */
export interface FreshKey {
  readonly name: string;
  readonly value: string;
}

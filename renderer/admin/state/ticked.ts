/** A selection as a value: each change makes a new one, so that what shows it knows. */
import type { RequestRef } from '../../../domain/desk/rows.ts';
import { keyOf } from './keys.ts';

/** What is ticked, by key. */
export type Ticked = ReadonlyMap<string, RequestRef>;

export function tickedFrom(refs: readonly RequestRef[]): Ticked {
  return new Map(refs.map((ref) => [keyOf(ref), ref]));
}

export function toggled(ticked: Ticked, ref: RequestRef): Ticked {
  const next = new Map(ticked);
  if (!next.delete(keyOf(ref))) next.set(keyOf(ref), ref);
  return next;
}

/** Without those that a range ticked before it changed, and with those that it covers now. */
export function ranged(ticked: Ticked, before: readonly string[], now: readonly RequestRef[]): Ticked {
  const next = new Map(ticked);
  for (const key of before) next.delete(key);
  for (const ref of now) next.set(keyOf(ref), ref);
  return next;
}

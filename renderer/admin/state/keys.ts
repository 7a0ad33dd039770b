import type { QueuePosition, RequestRef } from '../../../domain/desk/rows.ts';

/** One text that names a request, for maps and for the ids of elements. */
export function keyOf(ref: RequestRef): string {
  return `${ref.kind}:${ref.id}`;
}

export function keysOf(refs: readonly RequestRef[]): ReadonlySet<string> {
  return new Set(refs.map(keyOf));
}

/** Key of each row → its place. */
export function placesOf(rows: readonly RequestRef[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row, place) => [keyOf(row), place]));
}

/** Whether the row at `position` comes at or before `boundary` in the queue's order, newest first. */
export function isUpTo(position: QueuePosition, boundary: QueuePosition): boolean {
  if (position.createdAt !== boundary.createdAt) return position.createdAt > boundary.createdAt;
  return position.id >= boundary.id;
}

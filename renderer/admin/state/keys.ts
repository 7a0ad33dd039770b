import type { QueuePosition, RequestRef } from '../../../domain/desk/rows.ts';

/** One text that names a request, for maps and for the ids of elements. */
export function keyOf(ref: RequestRef): string {
  return `${ref.kind}:${ref.id}`;
}

/** Whether the row at `position` comes at or before `boundary` in the queue's order, newest first. */
export function isUpTo(position: QueuePosition, boundary: QueuePosition): boolean {
  if (position.createdAt !== boundary.createdAt) return position.createdAt > boundary.createdAt;
  return position.id >= boundary.id;
}

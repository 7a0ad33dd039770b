/** Where a list stands: the active row (-1 for none), how many rows there are, how many fit on a page. */
export interface ListPlace {
  active: number;
  count: number;
  page: number;
}

/**
 * The row that a usual list key moves to (arrows, Page Up and Down, Home, End), or null for every other key. It moves
 * nothing itself, so that a page may add keys of its own.
 */
export function listKey(key: string, { active, count, page }: ListPlace): number | null {
  if (count === 0) return null;
  const within = (index: number): number => Math.min(count - 1, Math.max(0, index));
  switch (key) {
    case 'ArrowDown':
      return within(active + 1);
    case 'ArrowUp':
      return within(active - 1);
    case 'PageDown':
      return within(active + page);
    case 'PageUp':
      return within(active - page);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/**
 * The rows of the queue as far as they have been looked at: pages in keyset order, so that a change costs what is in
 * view, not what the portal holds. A page whose rows may have changed is stale and asked for again once it is seen.
 */
import type { Desk, QueueFilter } from '../../../domain/desk/api.ts';
import type { QueuePosition, QueueRow } from '../../../domain/desk/rows.ts';
import type { Failure } from '../../../domain/errors.ts';
import { coalesce } from './coalesce.ts';
import { isUpTo, placesOf } from './keys.ts';

export const pageSize = 100;
/** Rows that may come into one page by a change before the pages behind it are let go and loaded anew. */
const maxGrowth = 1_000;
const largestAsk = 500;

interface Page {
  /** Position that it starts behind, null at the top. */
  readonly after: QueuePosition | null;
  readonly rows: readonly QueueRow[];
  readonly next: QueuePosition | null;
  /** The age of the list when it was asked for; older than the list's own, it may have changed since. */
  readonly age: number;
}

/** First and last index in view. */
interface View {
  readonly first: number;
  readonly last: number;
}

export interface List {
  readonly filter: QueueFilter;
  readonly rows: readonly QueueRow[];
  /** Key of a row → its place in `rows`. */
  readonly places: ReadonlyMap<string, number>;
  /** Whether all rows that match are in `rows`. */
  readonly complete: boolean;
  /** Whether the first page of this filter is still awaited. */
  readonly loading: boolean;
  readonly failure: Failure | null;
  /** Starts over at the top with another filter; the old rows stay until the new ones are there. */
  setFilter(filter: QueueFilter): Promise<void>;
  /** Tells which rows are in view: loads what comes next and what has changed there. */
  look(view: View): Promise<void>;
  /** Says that any row may have changed; what is in view is asked for again. */
  invalidate(): Promise<void>;
}

export function createList(desk: Desk, initial: QueueFilter): List {
  let filter: QueueFilter = $state.raw(initial);
  let pages: readonly Page[] = $state.raw([]);
  let loading = $state(true);
  let failure: Failure | null = $state.raw(null);
  const rows = $derived(pages.flatMap((page) => page.rows));
  const places = $derived(placesOf(rows));
  const end = $derived(pages.at(-1)?.next ?? null);
  let view: View = { first: 0, last: 0 };
  /** Rises with every change, also with those that come while a page is awaited. */
  let age = 0;

  /** Rows behind `after`, up to and including `until`; null where the filter changed meanwhile or the desk failed. */
  async function fetchSpan(after: QueuePosition | null, until: QueuePosition | null): Promise<Page | null> {
    const asked = filter;
    const askedAt = age;
    const found: QueueRow[] = [];
    let from = after;
    for (;;) {
      const limit = until === null ? pageSize : largestAsk;
      const answer = await desk.invoke('queue.page', { filter: asked, after: from, limit });
      if (filter !== asked) return null;
      failure = answer.ok ? null : answer.failure;
      if (!answer.ok) return null;
      const { rows: got, next } = answer.value;
      const within = until === null ? got : got.filter((row) => isUpTo(row, until));
      found.push(...within);
      const reached = until === null || next === null || within.length < got.length || !isBefore(next, until);
      if (reached || found.length >= maxGrowth) {
        return { after, rows: found, next: until !== null && reached ? until : next, age: askedAt };
      }
      from = next;
    }
  }

  /** The first page in view that may have changed. */
  function staleInView(): number {
    let start = 0;
    return pages.findIndex((page) => {
      const from = start;
      start += page.rows.length;
      return page.age !== age && from <= view.last && start >= view.first;
    });
  }

  const work = coalesce(async () => {
    for (let place = staleInView(); place !== -1; place = staleInView()) {
      const page = pages[place];
      const follower = pages[place + 1];
      if (!page) return;
      const fresh = await fetchSpan(page.after, follower?.after ?? null);
      if (!fresh) return;
      const joins = follower === undefined || fresh.next === follower.after;
      pages = [...pages.slice(0, place), fresh, ...(joins ? pages.slice(place + 1) : [])];
    }
    while (view.last >= rows.length - pageSize / 2 && end !== null) {
      const page = await fetchSpan(end, null);
      if (!page) return;
      pages = [...pages, page];
    }
  });

  async function load(): Promise<void> {
    const page = await fetchSpan(null, null);
    if (!page) {
      if (failure) loading = false;
      return;
    }
    view = { first: 0, last: Math.min(view.last - view.first, pageSize) };
    pages = [page];
    loading = false;
  }

  return {
    get filter() {
      return filter;
    },
    get rows() {
      return rows;
    },
    get places() {
      return places;
    },
    get complete() {
      return pages.length > 0 && end === null;
    },
    get loading() {
      return loading;
    },
    get failure() {
      return failure;
    },
    async setFilter(next) {
      filter = next;
      loading = true;
      await load();
    },
    look(next) {
      view = next;
      return work();
    },
    async invalidate() {
      age++;
      if (loading || pages.length === 0) await load();
      else await work();
    },
  };
}

function isBefore(position: QueuePosition, boundary: QueuePosition): boolean {
  return isUpTo(position, boundary) && position.id !== boundary.id;
}

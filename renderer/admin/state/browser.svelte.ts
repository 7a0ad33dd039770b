/** Moving about the list: the filter, the row that keys act on, and what is ticked. */
import { maxSelection, type Desk, type QueueFilter } from '../../../domain/desk/api.ts';
import type { QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import type { Failure } from '../../../domain/errors.ts';
import { createDetail, type DetailView } from './detail.svelte.ts';
import { keyOf, keysOf } from './keys.ts';
import { createList, type List } from './list.svelte.ts';
import type { Place } from './route.svelte.ts';
import { createSelection, type Selection } from './selection.svelte.ts';

/** Long enough to skip a search per letter of a fast typist, too short to be felt. */
const searchDelay = 60;

export interface Browser {
  readonly list: List;
  readonly selection: Selection;
  readonly detail: DetailView;
  /** Place of the active row, -1 where it is not in the list. */
  readonly active: number;
  /** What is being typed into the search. */
  readonly search: string;
  /** The last "select all" met the limit of one decision. */
  readonly capped: boolean;
  /** Shows what belongs to a place, from the top. */
  open(place: Place): void;
  narrow(change: Partial<Pick<QueueFilter, 'kinds' | 'states'>>): void;
  find(text: string): void;
  /** Makes the row at this place the active one; places beyond the ends are the ends. */
  moveTo(place: number): void;
  /** By so many rows from the active one, or from where it was. */
  moveBy(distance: number): void;
  extendTo(place: number): void;
  extendBy(distance: number): void;
  /** Shows a request that may be elsewhere. */
  show(ref: RequestRef): void;
  /** Ticks all that the filter matches; answers what went wrong. */
  selectAll(): Promise<Failure | null>;
  /** What keys and buttons act on: what is ticked, else the request that is shown. */
  targets(): readonly RequestRef[];
  /** After a decision: on to the next row that it did not cover. */
  advance(decided: readonly RequestRef[]): void;
}

const everything: QueueFilter = { kinds: [], states: [], portalId: null, search: '' };

export function filterOf(place: Place): QueueFilter {
  if (place.page === 'records') return { ...everything, kinds: [place.kind] };
  const kind = place.page === 'queue' ? place.kind : null;
  return { ...everything, kinds: kind === null ? [] : [kind], states: ['pending'] };
}

/** `reveal` brings a row into sight: moving does it, rows that change around the active one do not. */
export function createBrowser(desk: Desk, start: Place, reveal: (place: number) => void): Browser {
  const list = createList(desk, filterOf(start));
  const selection = createSelection();
  const detail = createDetail(desk);
  let search = $state('');
  let capped = $state(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Where the active row was last seen, for when it has left the list. */
  let last = 0;
  const active = $derived.by(() => {
    const place = (detail.ref && list.places.get(keyOf(detail.ref))) ?? -1;
    if (place !== -1) last = place;
    return place;
  });

  async function filterBy(filter: QueueFilter): Promise<void> {
    selection.clear();
    capped = false;
    await list.setFilter(filter);
  }

  function at(place: number): QueueRow | undefined {
    return list.rows[Math.min(list.rows.length - 1, Math.max(0, place))];
  }

  function moveTo(place: number): void {
    const row = at(place);
    if (!row) return;
    last = list.places.get(keyOf(row)) ?? 0;
    if (detail.ref === null || keyOf(detail.ref) !== keyOf(row)) detail.show(row);
    reveal(last);
  }

  /** A row that left the list leaves its place to the one behind it, so one step down lands there. */
  function target(distance: number): number {
    if (active !== -1) return active + distance;
    return detail.ref === null || distance > 0 ? last + Math.max(0, distance - 1) : last + distance;
  }

  function extendTo(place: number): void {
    const from = active === -1 ? last : active;
    moveTo(place);
    selection.extendTo(list.rows, last, from);
  }

  return {
    list,
    selection,
    detail,
    get active() {
      return active;
    },
    get search() {
      return search;
    },
    get capped() {
      return capped;
    },
    open(place) {
      clearTimeout(timer);
      search = '';
      last = 0;
      detail.show(null);
      void filterBy(filterOf(place));
    },
    narrow(change) {
      void filterBy({ ...list.filter, ...change });
    },
    find(text) {
      search = text;
      clearTimeout(timer);
      timer = setTimeout(() => void filterBy({ ...list.filter, search: text.trim() }), searchDelay);
    },
    moveTo,
    moveBy: (distance) => moveTo(target(distance)),
    extendTo,
    extendBy: (distance) => extendTo(target(distance)),
    show(ref) {
      const place = list.places.get(keyOf(ref));
      if (place === undefined) detail.show(ref);
      else moveTo(place);
    },
    async selectAll() {
      const asked = list.filter;
      const answer = await desk.invoke('queue.select', { filter: asked });
      // Another list is shown by now: nobody sees what would be ticked.
      if (list.filter !== asked) return null;
      if (!answer.ok) return answer.failure;
      selection.replace(answer.value.refs.slice(0, maxSelection));
      capped = answer.value.capped;
      return null;
    },
    targets: () => (selection.size > 0 ? selection.refs : detail.ref ? [detail.ref] : []),
    advance(decided) {
      const keys = keysOf(decided);
      if (detail.ref && !keys.has(keyOf(detail.ref))) return;
      const from = active === -1 ? last : active;
      const isFree = (row: QueueRow): boolean => !keys.has(keyOf(row)) && row.pending === null;
      const next = list.rows.findIndex((row, place) => place > from && isFree(row));
      if (next !== -1) moveTo(next);
    },
  };
}

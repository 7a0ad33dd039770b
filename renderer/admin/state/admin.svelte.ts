/** The state of one window, put together; components get it from the context. */
import { createContext } from 'svelte';
import type { DeskOutputs } from '../../../domain/desk/api.ts';
import type { QueueRow, RequestRef } from '../../../domain/desk/rows.ts';
import type { Role, Row } from '../../../domain/entities.ts';
import { requestKinds, type Action } from '../../../domain/states.ts';
import type { SearchFieldHandle, VirtualListHandle } from '../../ui/handles.ts';
import { createToasts, type Toasts } from '../../ui/toasts.svelte.ts';
import type { Link } from '../transport/link.ts';
import { count, quantity } from '../words.ts';
import { createBrowser, type Browser } from './browser.svelte.ts';
import { createClock, type Clock } from './clock.svelte.ts';
import { createDecisions, type Decisions } from './decisions.svelte.ts';
import { keyOf } from './keys.ts';
import { offered, onlyKind, type Judged } from './legal.ts';
import { createLive, type Live } from './live.svelte.ts';
import { createResource, type Resource } from './resource.svelte.ts';
import { createRoute, type Route } from './route.svelte.ts';
import { createTheme, type ThemeChoice } from './theme.svelte.ts';

/** A dialog of the window itself; those of decisions are the decisions'. */
export type Sheet = 'help' | 'palette' | 'sign-out';

/** Parts of the page that keys reach; each component sets its own, null while it is not there. */
export interface Parts {
  list: VirtualListHandle | null;
  search: SearchFieldHandle | null;
  detail: HTMLElement | null;
}

export interface Admin {
  readonly link: Link;
  readonly live: Live;
  readonly route: Route;
  readonly browser: Browser;
  readonly decisions: Decisions;
  readonly counts: Resource<DeskOutputs['queue.counts']>;
  readonly outbox: Resource<DeskOutputs['outbox.list']>;
  readonly attention: Resource<DeskOutputs['attention.list']>;
  readonly toasts: Toasts;
  readonly clock: Clock;
  readonly theme: ThemeChoice;
  sheet: Sheet | null;
  readonly parts: Parts;
  /** Where there is no room for list and details beside each other: which of them is shown. */
  reading: boolean;
  /** The viewer's, until somebody is signed in. */
  readonly role: Role;
  /** What may be asked of what is ticked or shown. */
  readonly offered: readonly Action[];
  /** Goes to a request's own list and shows it. */
  show(ref: RequestRef): void;
  /** Decides about what is ticked, else about what is shown. */
  decide(action: Action): Promise<void>;
  /** Decides about this one request, whatever is ticked or active. */
  decideOne(row: QueueRow, action: Action): Promise<void>;
  revokeKey(key: Row<'credential'>): Promise<void>;
  undoNewest(): Promise<void>;
  selectAll(): Promise<void>;
}

export const [getAdmin, setAdmin] = createContext<Admin>();

export function createAdmin(link: Link, page: Window): Admin {
  const { desk } = link;
  const toasts = createToasts();
  const clock = createClock();
  const route = createRoute(page, (place) => {
    reading = false;
    if (place.page === 'outbox') void outbox.refresh();
    if (place.page === 'queue' || place.page === 'records') browser.open(place);
  });
  const parts: Parts = { list: null, search: null, detail: null };
  const browser = createBrowser(desk, route.place, (place) => parts.list?.scrollToIndex(place));
  const counts = createResource(desk, 'queue.counts', {});
  const outbox = createResource(desk, 'outbox.list', {});
  const attention = createResource(desk, 'attention.list', {});
  const live = createLive(link, {
    onReady: refreshAll,
    onAttention(added) {
      const what = added === 1 ? 'one of your decisions' : `${count(added)} of your decisions`;
      toasts.add({
        text: `The server did not carry out ${what}. Nothing was lost.`,
        tone: 'caution',
        lasts: 0,
        action: { label: 'Show', run: () => route.go({ page: 'attention' }) },
      });
    },
  });
  const decisions = createDecisions({
    desk,
    toasts,
    now: Date.now,
    onDecided(targets) {
      const refs = targets.flatMap(({ kind, id }) => (kind === 'credential' ? [] : [{ kind, id }]));
      browser.advance(refs);
      browser.selection.clear();
      (parts.list ?? parts.detail)?.focus();
      refreshAll();
    },
  });
  let sheet: Sheet | null = $state(null);
  let reading = $state(false);
  /** The latest "select all"; awaited, it is over. */
  let selecting: Promise<unknown> | null = null;
  const role = $derived(live.session?.admin?.role ?? 'viewer');
  const possible = $derived.by(() => {
    const { selection, detail } = browser;
    return selection.size === 0 && detail.current ? detail.current.actions : offered(judged(), role);
  });

  function refreshAll(): void {
    void Promise.all([counts.refresh(), attention.refresh()]);
    // Long after a large batch offline, and shown nowhere else.
    if (route.place.page === 'outbox') void outbox.refresh();
    void Promise.all([browser.list.invalidate(), browser.detail.refresh()]);
  }

  /** The rows that a decision would be about; those that are ticked but not loaded count as what the filter says. */
  function judged(): Judged[] {
    const { selection, detail, list } = browser;
    const active = list.rows[browser.active];
    if (selection.size === 0) return detail.ref && active ? [active] : [];
    const loaded = list.rows.filter((row) => selection.has(row));
    const guessed = loaded.length < selection.size ? list.filter.states : [];
    const kinds = list.filter.kinds.length > 0 ? list.filter.kinds : requestKinds;
    return [
      ...loaded,
      ...guessed.flatMap((state) => kinds.map((kind): Judged => ({ kind, state, pending: null }))),
    ];
  }

  function about(refs: readonly RequestRef[]): string {
    const [only] = refs;
    if (refs.length !== 1 || !only) return quantity(refs.length, onlyKind(refs));
    const row = [...browser.list.rows, ...(browser.detail.current ? [browser.detail.current.row] : [])];
    return row.find((candidate) => keyOf(candidate) === keyOf(only))?.title ?? quantity(1, only.kind);
  }

  desk.subscribe('changed', refreshAll);
  void live.load();
  refreshAll();

  return {
    link,
    live,
    route,
    browser,
    decisions,
    counts,
    outbox,
    attention,
    toasts,
    clock,
    theme: createTheme(page),
    parts,
    get sheet() {
      return sheet;
    },
    set sheet(next) {
      sheet = next;
    },
    get reading() {
      return reading;
    },
    set reading(next) {
      reading = next;
    },
    get role() {
      return role;
    },
    get offered() {
      return possible;
    },
    show(ref) {
      if (route.place.page !== 'queue' && route.place.page !== 'records') {
        route.go({ page: 'records', kind: ref.kind });
      }
      browser.show(ref);
      reading = true;
    },
    async decide(action) {
      // Meant for all that is being ticked, not for the one request that is shown until then.
      await selecting;
      if (!possible.includes(action)) return;
      const targets = browser.targets();
      await decisions.ask({ action, targets, about: about(targets) });
    },
    async decideOne(row, action) {
      await decisions.ask({ action, targets: [{ kind: row.kind, id: row.id }], about: row.title });
    },
    async revokeKey({ id, name, last4 }) {
      const about = `key “${name}” (…${last4})`;
      await decisions.ask({ action: 'revoke', targets: [{ kind: 'credential', id }], about });
    },
    async undoNewest() {
      const newest = live.status?.undo;
      if (newest) await decisions.undo(newest.batch, newest.action);
      else toasts.add({ text: 'There is nothing to undo: every decision has been sent.' });
    },
    async selectAll() {
      const asking = browser.selectAll();
      selecting = asking;
      const failure = await asking;
      if (failure) decisions.report(failure);
    },
  };
}

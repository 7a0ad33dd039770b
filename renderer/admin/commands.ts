/**
 * Everything that can be done, once: keys, menu, palette and the help page are made from this table, so none of them
 * can know a command that the others do not.
 */
import { actions, type Action } from '../../domain/states.ts';
import { openAccount } from './browser.ts';
import type { Admin } from './state/admin.svelte.ts';
import { queue, type Place } from './state/route.svelte.ts';
import { themes } from './state/theme.svelte.ts';
import { kindTitle, verb } from './words.ts';

export const groups = ['Move', 'Select', 'Decide', 'Find', 'Go', 'Window'] as const;

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: (typeof groups)[number];
  /** `a`, `Shift+R`, `Ctrl+K` (also with Cmd), `g q` for one after the other. */
  readonly keys: readonly string[];
  /** Keys that belong to whatever has the focus, such as arrows: taken only from the list or from nothing. */
  readonly listOnly?: boolean;
  readonly run: (admin: Admin) => unknown;
  readonly available: (admin: Admin) => boolean;
}

const always = (): boolean => true;

export function inList({ route }: Admin): boolean {
  return route.place.page === 'queue' || route.place.page === 'records';
}

function hasRows(admin: Admin): boolean {
  return inList(admin) && admin.browser.list.rows.length > 0;
}

function hasActive(admin: Admin): boolean {
  return inList(admin) && admin.browser.detail.ref !== null;
}

function move(
  id: string,
  title: string,
  keys: string[],
  to: (admin: Admin) => void,
  listOnly = true,
): Command {
  const run = (admin: Admin): void => {
    to(admin);
    admin.parts.list?.focus();
  };
  return { id, title, group: 'Move', keys, run, available: hasRows, listOnly };
}

function page(admin: Admin): number {
  return admin.parts.list?.pageSize() ?? 10;
}

const moving: readonly Command[] = [
  move('next', 'Next request', ['j'], ({ browser }) => browser.moveBy(1), false),
  move('previous', 'Previous request', ['k'], ({ browser }) => browser.moveBy(-1), false),
  move('down', 'Next request in the list', ['ArrowDown'], ({ browser }) => browser.moveBy(1)),
  move('up', 'Previous request in the list', ['ArrowUp'], ({ browser }) => browser.moveBy(-1)),
  move('page-down', 'One page down', ['PageDown'], (admin) => admin.browser.moveBy(page(admin))),
  move('page-up', 'One page up', ['PageUp'], (admin) => admin.browser.moveBy(-page(admin))),
  move('first', 'First request', ['Home'], ({ browser }) => browser.moveTo(0)),
  move('last', 'Last request that is loaded', ['End'], ({ browser }) =>
    browser.moveTo(browser.list.rows.length),
  ),
  {
    id: 'details',
    title: 'To the details',
    group: 'Move',
    keys: ['Enter'],
    listOnly: true,
    run(admin) {
      admin.reading = true;
      admin.parts.detail?.focus();
    },
    available: hasActive,
  },
];

const selecting: readonly Command[] = [
  {
    id: 'select',
    title: 'Select or deselect',
    group: 'Select',
    keys: ['x'],
    run({ browser }) {
      const row = browser.list.rows[browser.active];
      if (row) browser.selection.toggle(row);
    },
    available: (admin) => inList(admin) && admin.browser.active !== -1,
  },
  ...(['down', 'up'] as const).map((direction): Command => {
    const distance = direction === 'down' ? 1 : -1;
    return {
      id: `extend-${direction}`,
      title: `Extend the selection ${direction}`,
      group: 'Select',
      keys: distance === 1 ? ['Shift+ArrowDown', 'Shift+J'] : ['Shift+ArrowUp', 'Shift+K'],
      run: ({ browser }) => browser.extendBy(distance),
      available: hasRows,
    };
  }),
  {
    id: 'select-all',
    title: 'Select all that match',
    group: 'Select',
    keys: ['Ctrl+A'],
    listOnly: true,
    run: (admin) => admin.selectAll(),
    available: hasRows,
  },
  {
    id: 'clear-selection',
    title: 'Clear the selection',
    group: 'Select',
    keys: ['Escape'],
    run({ browser, parts }) {
      browser.selection.clear();
      parts.list?.focus();
    },
    available: (admin) => inList(admin) && admin.browser.selection.size > 0,
  },
];

/** Those that ask first end in an ellipsis. */
export const actionTitle: Record<Action, string> = {
  approve: verb.approve,
  reject: `${verb.reject}…`,
  revoke: `${verb.revoke}…`,
  reinstate: verb.reinstate,
  reopen: verb.reopen,
  delete: `${verb.delete}…`,
};

export const actionKey: Record<Action, string> = {
  approve: 'a',
  reject: 'r',
  revoke: 'Shift+R',
  reinstate: 'i',
  reopen: 'o',
  delete: 'Shift+Delete',
};

const deciding: readonly Command[] = [
  ...actions.map((action): Command => ({
    id: action,
    title: actionTitle[action],
    group: 'Decide',
    keys: [actionKey[action]],
    run: (admin) => admin.decide(action),
    available: (admin) => inList(admin) && admin.offered.includes(action),
  })),
  {
    id: 'undo',
    title: 'Undo the last decision',
    group: 'Decide',
    keys: ['z'],
    run: (admin) => admin.undoNewest(),
    available: always,
  },
];

const finding: readonly Command[] = [
  {
    id: 'search',
    title: 'Search requests',
    group: 'Find',
    keys: ['/'],
    run: ({ parts }) => parts.search?.focus(),
    available: inList,
  },
  {
    id: 'palette',
    title: 'Command palette',
    group: 'Find',
    keys: ['Ctrl+K'],
    run: (admin) => (admin.sheet = 'palette'),
    available: always,
  },
  {
    id: 'help',
    title: 'Keyboard shortcuts',
    group: 'Find',
    keys: ['?'],
    run: (admin) => (admin.sheet = 'help'),
    available: always,
  },
];

function goTo(title: string, key: string, place: Place): Command {
  return {
    id: `go-${title.toLowerCase().replaceAll(' ', '-')}`,
    title: `Go to ${title}`,
    group: 'Go',
    keys: [`g ${key}`],
    run: ({ route }) => route.go(place),
    available: always,
  };
}

const going: readonly Command[] = [
  goTo('Queue', 'q', queue),
  goTo(kindTitle.developer, 'd', { page: 'records', kind: 'developer' }),
  goTo(kindTitle.application, 'a', { page: 'records', kind: 'application' }),
  goTo(kindTitle.registration, 'r', { page: 'records', kind: 'registration' }),
  goTo('Outbox', 'o', { page: 'outbox' }),
  goTo('Needs attention', 'n', { page: 'attention' }),
];

const windowing: readonly Command[] = [
  ...themes.map((theme): Command => ({
    id: `theme-${theme}`,
    title: theme === 'system' ? 'Colours of the system' : `${theme === 'light' ? 'Light' : 'Dark'} colours`,
    group: 'Window',
    keys: [],
    run: (admin) => admin.theme.choose(theme),
    available: (admin) => admin.theme.theme !== theme,
  })),
  {
    id: 'account',
    title: 'Your account, in the browser',
    group: 'Window',
    keys: [],
    run: openAccount,
    available: ({ live }) => live.session?.signedIn === true,
  },
  {
    id: 'sign-out',
    title: 'Sign out…',
    group: 'Window',
    keys: [],
    run: (admin) => (admin.sheet = 'sign-out'),
    available: ({ live }) => live.session?.signedIn === true,
  },
];

export const commands: readonly Command[] = [
  ...moving,
  ...selecting,
  ...deciding,
  ...finding,
  ...going,
  ...windowing,
];

import type { Component } from 'svelte';

/** One entry of a Menu. `onselect` runs after the menu has closed and given focus back, so it may open a dialog. */
export interface MenuAction {
  label: string;
  onselect: () => void;
  icon?: Component<{ size?: number }>;
  /** Shown as a hint; the page listens to it. */
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Makes the entry one that can be ticked. */
  checked?: boolean;
}

/** Entries that belong together: a line apart from the others, with a heading where one helps. */
export interface MenuGroup {
  heading?: string;
  actions: readonly MenuAction[];
}

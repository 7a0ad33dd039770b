import { mount } from 'svelte';
import App from './App.svelte';
import { createAdmin } from './state/admin.svelte.ts';
import type { Link } from './transport/link.ts';

/** Mounts the pages of one window over whatever connects them to a desk. */
export function start(link: Link, page: Window): void {
  const target = page.document.getElementById('app');
  if (!target) throw new Error('The page has no element #app.');
  mount(App, { target, props: { admin: createAdmin(link, page) } });
}

/** Puts the portal into a window. Split from main.ts, so that development can start it over a server in memory. */
import { mount } from 'svelte';
import { Router } from 'sv-router';
import { createToasts } from '../ui/toasts.svelte.ts';
import { createClient } from './api/client.ts';
import { createPortalApi } from './api/portal-api.ts';
import App from './App.svelte';
import { prefixOf } from './nav/prefix.ts';
import { createNavigation } from './nav/router.ts';
import { createSession } from './state/session.svelte.ts';

export function start(page: Window, fetch: typeof globalThis.fetch): void {
  const prefix = prefixOf(page.location.pathname);
  const api = createPortalApi(createClient({ fetch, prefix, onEnded: () => session.end() }));
  const session = createSession(api, () => Date.now());
  const portal = { api, session, nav: createNavigation(prefix), toasts: createToasts() };
  void session.start();
  mount(App, { target: page.document.body, props: { portal, page: Router, base: prefix || undefined } });
}

/** Opens a page of the portal over a server in memory, the way the router would. */
import { render } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { createToasts } from '../../ui/toasts.svelte.ts';
import { createClient } from '../api/client.ts';
import { createPortalApi } from '../api/portal-api.ts';
import App from '../App.svelte';
import type { Navigation } from '../nav/navigation.ts';
import type { Portal } from '../state/context.ts';
import { createSession } from '../state/session.svelte.ts';
import type { FakeServer } from './server.ts';

interface Where {
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface Opened {
  readonly portal: Portal;
  /** Where the page went, in order. */
  readonly went: readonly string[];
  /** Whether the page lets its reader leave. */
  readonly mayLeave: () => boolean | Promise<boolean>;
}

/** Waits until it is known who is signed in, as the shell does. */
export async function open(
  server: FakeServer,
  page: Component<Record<string, never>>,
  { path = '/', params = {}, query = {} }: Where = {},
): Promise<Opened> {
  const went: string[] = [];
  let guard: (() => boolean | Promise<boolean>) | null = null;
  const nav: Navigation = {
    path,
    param: (name) => params[name] ?? '',
    query: (name) => query[name] ?? null,
    href: (to) => to,
    go: (to) => went.push(to),
    setQuery: () => {},
    guard(mayLeave) {
      guard = mayLeave;
      return () => (guard = null);
    },
  };
  const api = createPortalApi(
    createClient({ fetch: server.fetch, prefix: '', onEnded: () => session.end() }),
  );
  const session = createSession(api, () => server.world.now);
  await session.start();
  const portal = { api, session, nav, toasts: createToasts() };
  render(App, { portal, page });
  return { portal, went, mayLeave: () => guard?.() ?? true };
}

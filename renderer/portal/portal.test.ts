/** The portal as it starts in a window, with its router, below a prefix. */
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { start } from './start.ts';
import { createScene } from './testing/scenes.ts';

/**
 * Starts it without the router's watch for links to preload, which the portal has none of: jsdom lacks one of its
 * observers, and the other would outlive the test.
 */
function startPortal(fetch: typeof globalThis.fetch): void {
  class Watcher {
    observe(): void {}
  }
  vi.stubGlobal('IntersectionObserver', Watcher);
  vi.stubGlobal('MutationObserver', Watcher);
  start(window, fetch);
  vi.unstubAllGlobals();
  vi.spyOn(window, 'scrollTo').mockImplementation(() => {});
}

const type = (label: string, value: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } });

async function signIn(): Promise<void> {
  await type('E-mail', 'mira@nimbus.example');
  await type('Password', 'correct horse battery');
  await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

it('sends people without a session to the sign-in and back to where they were, also when it ends by itself', async () => {
  const server = createScene('full', '/portals/staging');
  server.session.account = null;
  window.history.replaceState(null, '', '/portals/staging/applications');
  startPortal(server.fetch);

  await screen.findByRole('heading', { level: 1, name: 'Sign in' });
  expect(window.location.pathname + window.location.search).toBe(
    '/portals/staging/sign-in?back=%2Fapplications',
  );
  await signIn();
  const app = await screen.findByRole('link', { name: 'Nimbus Freight' });
  expect(window.location.pathname).toBe('/portals/staging/applications');
  expect(document.title).toBe('My Apps · Northwind Freight APIs');

  server.session.account = null;
  server.session.fresh = false;
  await fireEvent.click(app);
  await screen.findByText('Your session has ended.');
  await signIn();
  await screen.findByRole('heading', { level: 1, name: 'Nimbus Freight' });

  await fireEvent.click(screen.getByRole('link', { name: 'Catalog', current: false }));
  await screen.findByRole('link', { name: 'Weather' });
  await waitFor(() => expect(document.activeElement?.id).toBe('content'));
  expect(window.location.pathname).toBe('/portals/staging/');
});

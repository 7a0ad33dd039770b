/** Mounts the whole window over a desk in memory, for tests in jsdom. */
import { render, screen } from '@testing-library/svelte';
import { vi } from 'vitest';
import App from '../App.svelte';
import { createAdmin, type Admin } from '../state/admin.svelte.ts';
import type { LinkState } from '../transport/link.ts';
import { createFakeDesk, type FakeDesk } from './fake-desk.ts';
import type { FakeOptions } from './fake-options.ts';
import { fakeLink } from './fake-link.ts';

/** jsdom lays nothing out: elements get a size, media never match, and resizing never happens. */
export function layOut(): void {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  );
  vi.stubGlobal('matchMedia', () => Object.assign(new EventTarget(), { matches: false }));
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(640);
  HTMLElement.prototype.scrollIntoView = () => {};
  HTMLElement.prototype.scrollTo = () => {};
}

export interface Mounted {
  readonly desk: FakeDesk;
  readonly admin: Admin;
}

export async function mountApp(options: FakeOptions = {}, link?: LinkState): Promise<Mounted> {
  window.location.hash = '';
  const desk = createFakeDesk(options);
  const admin = createAdmin(fakeLink(desk, link), window);
  render(App, { admin });
  if (options.signedIn !== false && link === undefined && options.size !== 0)
    await screen.findAllByRole('row');
  return { desk, admin };
}

/** Presses a key wherever the focus is. */
export function press(key: string, more: KeyboardEventInit = {}): void {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
}

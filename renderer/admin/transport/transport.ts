/** Picks what carries calls to the desk: the shell's bridge where there is one, else the loopback host's WebSocket. */
import type { Desk } from '../../../domain/desk/api.ts';
import { loopbackPath, tokenParameter } from '../../../domain/desk/loopback.ts';
import type { Link } from './link.ts';
import { connectLoopback } from './loopback.ts';

declare global {
  interface Window {
    /** What the Electron preload exposes. */
    readonly gatehouse?: Desk;
  }
}

/**
 * Connects this window to its desk. Over loopback the launch token is taken out of the address at once, so that it is
 * in no history, bookmark or screenshot; it lives in memory only, and a reloaded page has to be opened anew.
 */
export function connect(page: Window): Link {
  if (page.gatehouse) return bridged(page.gatehouse);
  const token = takeToken(page);
  const address = new URL(loopbackPath, page.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  return connectLoopback({ open: () => new WebSocket(address), token });
}

/** Under Electron the desk and its window live and die together. */
function bridged(desk: Desk): Link {
  return { desk, state: 'ready', onState: () => () => {} };
}

function takeToken(page: Window): string | null {
  const fragment = new URLSearchParams(page.location.hash.slice(1));
  const token = fragment.get(tokenParameter);
  if (token !== null) page.history.replaceState(null, '', page.location.pathname + page.location.search);
  return token;
}

/** What every page of the portal can reach. */
import { createContext } from 'svelte';
import type { Toasts } from '../../ui/toasts.svelte.ts';
import type { PortalApi } from '../api/portal-api.ts';
import type { Navigation } from '../nav/navigation.ts';
import type { Session } from './session.svelte.ts';

export interface Portal {
  readonly api: PortalApi;
  readonly session: Session;
  readonly nav: Navigation;
  readonly toasts: Toasts;
}

export const [getPortal, setPortal] = createContext<Portal>();

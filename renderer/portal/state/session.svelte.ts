import type { z } from 'zod';
import type { Answer, Told } from '../api/answer.ts';
import { good } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';
import type { meSchema } from '../../../domain/wire/portal-v2.ts';
import type { portalViewSchema } from '../../../domain/wire/portal.ts';

export type Developer = z.infer<typeof meSchema>;
export type PortalView = z.infer<typeof portalViewSchema>;

/** The portal that is shown, and who looks at it. */
export interface Session {
  readonly portal: PortalView | null;
  /** Null where nobody is signed in, or not yet known. */
  readonly developer: Developer | null;
  readonly phase: 'starting' | 'ready' | 'failed';
  /** Why it could not start. */
  readonly failure: Told | null;
  /** True after a session ended by itself, until the next sign-in. */
  readonly ended: boolean;
  start(): Promise<void>;
  signIn(email: string, password: string): Promise<Answer<null>>;
  signOut(): Promise<Answer<null>>;
  /** The server no longer knows the session. */
  end(): void;
  /** Asks whether the session still lives, where it has not been heard of for a while: after a laptop's sleep. */
  recheck(): Promise<void>;
}

const stale = 15 * 60_000;

export function createSession(api: PortalApi, now: () => number): Session {
  let portal: PortalView | null = $state.raw(null);
  let developer: Developer | null = $state.raw(null);
  let phase: Session['phase'] = $state('starting');
  let failure: Told | null = $state.raw(null);
  let ended = $state(false);
  let heardAt = 0;

  /** Who is signed in. A public portal has no accounts and answers 404, which means nobody. */
  async function identify(): Promise<void> {
    heardAt = now();
    const answer = await api.me();
    if (answer.ok) developer = answer.value;
  }

  return {
    get portal() {
      return portal;
    },
    get developer() {
      return developer;
    },
    get phase() {
      return phase;
    },
    get failure() {
      return failure;
    },
    get ended() {
      return ended;
    },
    async start() {
      phase = 'starting';
      const [view] = await Promise.all([api.portal(), identify()]);
      if (view.ok) portal = view.value;
      failure = view.ok ? null : view.failure;
      phase = view.ok ? 'ready' : 'failed';
    },
    async signIn(email, password) {
      const answer = await api.signIn(email, password);
      if (!answer.ok) return answer;
      const me = await api.me();
      if (!me.ok) return me;
      developer = me.value;
      ended = false;
      heardAt = now();
      return good(null);
    },
    async signOut() {
      const answer = await api.signOut();
      if (answer.ok) developer = null;
      return answer;
    },
    end() {
      if (!developer) return;
      developer = null;
      ended = true;
    },
    async recheck() {
      if (developer && now() - heardAt > stale) await identify();
    },
  };
}

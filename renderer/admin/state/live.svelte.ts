/** What holds for the whole window: the desk's connection, who is signed in, and where synchronisation stands. */
import type { Session, Status } from '../../../domain/desk/rows.ts';
import type { Failure } from '../../../domain/errors.ts';
import type { Link, LinkState } from '../transport/link.ts';

export interface Live {
  readonly link: LinkState;
  readonly session: Session | null;
  readonly status: Status | null;
  /** Why session or status could not be had. */
  readonly failure: Failure | null;
  /** Asks for both anew. */
  load(): Promise<void>;
}

export interface LiveOptions {
  /** The desk has become reachable, or somebody has signed in: pages ask again. */
  readonly onReady: () => void;
  /** So many more decisions were not carried out. */
  readonly onAttention: (added: number) => void;
}

export function createLive(link: Link, { onReady, onAttention }: LiveOptions): Live {
  let state: LinkState = $state(link.state);
  let session: Session | null = $state.raw(null);
  let status: Status | null = $state.raw(null);
  let failure: Failure | null = $state.raw(null);

  async function load(): Promise<void> {
    const [who, where] = await Promise.all([
      link.desk.invoke('session.get', {}),
      link.desk.invoke('status.get', {}),
    ]);
    if (who.ok) session = who.value;
    if (where.ok) status = where.value;
    failure = !who.ok ? who.failure : !where.ok ? where.failure : null;
  }

  link.desk.subscribe('session', (next) => {
    const arrived = next.signedIn && session?.signedIn !== true;
    session = next;
    if (arrived) onReady();
  });
  link.desk.subscribe('status', (next) => {
    const added = status ? next.attention - status.attention : 0;
    status = next;
    if (added > 0) onAttention(added);
  });
  link.onState((next) => {
    state = next;
    if (next !== 'ready') return;
    void load();
    onReady();
  });

  return {
    get link() {
      return state;
    },
    get session() {
      return session;
    },
    get status() {
      return status;
    },
    get failure() {
      return failure;
    },
    load,
  };
}

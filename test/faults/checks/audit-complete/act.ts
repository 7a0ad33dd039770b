/** What one step of a person looks like, and what has to be known of it afterwards. */
import type { TestAdmin } from '../../../../sync-server/admins/testing.ts';
import type { Answered, Scene } from '../../../rights/scene.ts';

/** One thing that somebody does. */
export interface Act {
  readonly route: string;
  /** Actions of the entries that have to tell of it, in their order; none where nothing changes that lasts. */
  readonly tells: readonly string[];
  /** Where `tells` is not enough to say what it was. */
  readonly name?: string;
  /** Gets everything ready; the answer does it, from the address `from`. */
  readonly prepare: (scene: Scene, from: string) => Promise<Doing>;
}

export interface Doing {
  /** Who has to stand there as having done it. */
  readonly actor: string;
  /** The device that it was done on; null where it was none. */
  readonly device: string | null;
  readonly run: () => Promise<Pick<Answered, 'status' | 'requestId'>>;
  /** Fields that the entry of a changed row has to give, with what was before and after. */
  readonly changes?: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  /** What else an entry of it has to say. */
  readonly also?: Readonly<Record<string, unknown>>;
}

export const byAdmin = ({ id, device }: TestAdmin): Pick<Doing, 'actor' | 'device'> => ({
  actor: `admin:${id}`,
  device,
});

export const atPage = ({ id }: { readonly id: string }): Pick<Doing, 'actor' | 'device'> => ({
  actor: `admin:${id}`,
  device: null,
});

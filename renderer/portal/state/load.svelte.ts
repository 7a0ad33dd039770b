import type { Answer, Told } from '../api/answer.ts';

/** One answer that a page shows: awaited, there, or failed. */
export interface Load<T> {
  /** The last good answer; it stays while a newer one is awaited. */
  readonly value: T | null;
  readonly failure: Told | null;
  /** Asks again; the last one to be asked wins. */
  readonly reload: () => Promise<void>;
  /** Puts in what is known to be the newest without asking. */
  readonly set: (value: T) => void;
}

/** Asks at once. `ask` is called anew by each `reload`. */
export function createLoad<T>(ask: () => Promise<Answer<T>>): Load<T> {
  let value: T | null = $state.raw(null);
  let failure: Told | null = $state.raw(null);
  let turn = 0;

  async function reload(): Promise<void> {
    const mine = (turn += 1);
    const answer = await ask();
    if (mine !== turn) return;
    if (answer.ok) value = answer.value;
    failure = answer.ok ? null : answer.failure;
  }
  void reload();

  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
    reload,
    set(next) {
      turn += 1;
      value = next;
      failure = null;
    },
  };
}

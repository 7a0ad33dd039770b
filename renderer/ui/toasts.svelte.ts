import { createCountdowns } from './countdowns.ts';

/** What a toast says and offers. */
export interface ToastMessage {
  text: string;
  tone?: 'neutral' | 'positive' | 'caution' | 'negative';
  /** One thing to do about it, such as taking it back; it dismisses the toast too. */
  action?: { label: string; run: () => void; shortcut?: string };
  /** Milliseconds until it goes; 0 stays until dismissed. Default: 6 s, and 0 for a negative one. */
  lasts?: number;
}

/** A toast on screen. */
export interface Toast extends ToastMessage {
  readonly id: number;
}

/** The toasts of one window: pages add, one ToastRegion shows. */
export interface Toasts {
  readonly list: readonly Toast[];
  /** Shows a message and answers its id. The oldest goes when more than three would show. */
  add(message: ToastMessage): number;
  dismiss(id: number): void;
  /** Clocks stand still while a person reads: under the pointer or with the focus inside. */
  pause(): void;
  resume(): void;
}

const atMost = 3;
const defaultLife = 6000;

/** Makes the toasts of a window. */
export function createToasts(): Toasts {
  let list: Toast[] = $state([]);
  let lastId = 0;

  const countdowns = createCountdowns(dismiss);

  function dismiss(id: number): void {
    countdowns.stop(id);
    list = list.filter((toast) => toast.id !== id);
    // What was under the pointer or had the focus has gone without a word: nobody would start the clocks again.
    if (list.length === 0) countdowns.resume();
  }

  return {
    get list() {
      return list;
    },
    add(message) {
      const id = (lastId += 1);
      list = [...list, { ...message, id }];
      for (const old of list.slice(0, -atMost)) dismiss(old.id);
      const life = message.lasts ?? (message.tone === 'negative' ? 0 : defaultLife);
      if (life > 0) countdowns.start(id, life);
      return id;
    },
    dismiss,
    pause: () => countdowns.pause(),
    resume: () => countdowns.resume(),
  };
}

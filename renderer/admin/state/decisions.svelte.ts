/** Deciding and taking back: what is recorded, what is said about it, and what is asked first. */
import type { Desk, DeskOutputs } from '../../../domain/desk/api.ts';
import type { Failure, Result } from '../../../domain/errors.ts';
import type { Target } from '../../../domain/intents.ts';
import type { Action } from '../../../domain/states.ts';
import type { Toasts } from '../../ui/toasts.svelte.ts';
import { decidedSentence, undoneSentence } from '../words.ts';

/** A decision that wants a reason, or a look at what it does, before it is recorded. */
export interface Question {
  readonly action: Action;
  readonly targets: readonly Target[];
  /** What it is about: the one title, or "14 requests". */
  readonly about: string;
}

export interface Decisions {
  /** The dialog that is open. */
  readonly question: Question | null;
  /** A decision is being recorded. */
  readonly busy: boolean;
  /** Opening decisions are recorded at once, because they can be taken back; closing ones are asked about. */
  ask(question: Question): Promise<void>;
  /** The dialog's yes. */
  confirm(reason: string | null): Promise<void>;
  dismiss(): void;
  undo(batch: string, action: Action): Promise<void>;
  /** Says what went wrong. */
  report(failure: Failure): void;
}

const asksFirst: ReadonlySet<Action> = new Set(['reject', 'revoke', 'delete']);

export interface DecisionsOptions {
  readonly desk: Desk;
  readonly toasts: Toasts;
  readonly now: () => number;
  /** Called once it is recorded, for the focus to move on. */
  readonly onDecided: (targets: readonly Target[]) => void;
}

export function createDecisions({ desk, toasts, now, onDecided }: DecisionsOptions): Decisions {
  let question: Question | null = $state.raw(null);
  let busy = $state(false);

  function report({ message, mend }: Failure): void {
    toasts.add({ text: `${message} ${mend}`, tone: 'negative' });
  }

  /** One message about decisions at a time: its Undo is the newest one's. */
  let said: number | null = null;

  function say({ action, targets, about }: Question, done: DeskOutputs['decide']): void {
    const left = Date.parse(done.releaseAt) - now();
    const undoable = done.recorded > 0 && left > 0;
    if (said !== null) toasts.dismiss(said);
    said = toasts.add({
      text: decidedSentence(action, { count: targets.length, about }, done),
      tone: done.recorded > 0 ? 'positive' : 'caution',
      ...(undoable
        ? { lasts: left, action: { label: 'Undo', shortcut: 'z', run: () => void undo(done.batch, action) } }
        : {}),
    });
  }

  async function record(asked: Question, reason: string | null): Promise<boolean> {
    if (busy) return false;
    busy = true;
    const answer: Result<DeskOutputs['decide']> = await desk.invoke('decide', {
      action: asked.action,
      targets: asked.targets.map(({ kind, id }) => ({ kind, id })),
      reason,
    });
    busy = false;
    if (!answer.ok) {
      report(answer.failure);
      return false;
    }
    say(asked, answer.value);
    return true;
  }

  async function undo(batch: string, action: Action): Promise<void> {
    const answer = await desk.invoke('undo', { batch });
    if (!answer.ok) {
      report(answer.failure);
      return;
    }
    if (said !== null) toasts.dismiss(said);
    said = toasts.add({ text: undoneSentence(action, answer.value) });
  }

  return {
    get question() {
      return question;
    },
    get busy() {
      return busy;
    },
    async ask(asked) {
      if (asked.targets.length === 0) return;
      if (asksFirst.has(asked.action)) question = asked;
      else if (await record(asked, null)) onDecided(asked.targets);
    },
    async confirm(reason) {
      const asked = question;
      if (!asked || !(await record(asked, reason))) return;
      question = null;
      onDecided(asked.targets);
    },
    dismiss() {
      question = null;
    },
    undo,
    report,
  };
}

import type { Answer, Told } from '../api/answer.ts';

/** What is wrong with which field, in words for the person who fills it in. */
export type Mistakes<V> = { readonly [K in keyof V]?: string };

export interface Form<V> {
  /** Bound to the fields. */
  readonly values: V;
  readonly mistakes: Mistakes<V>;
  /** What the server said that belongs to no field. */
  readonly failure: Told | null;
  readonly busy: boolean;
  /** Checks, sends, and keeps what came of it; true where the server took it. A second press while busy does nothing. */
  submit(): Promise<boolean>;
}

interface Options<V, T> {
  readonly values: V;
  readonly check: (values: V) => Mistakes<V>;
  readonly send: (values: V) => Promise<Answer<T>>;
  readonly done: (value: T, values: V) => void;
  /** Answers of the server that belong to a field: `reference_taken` to the reference ID. */
  readonly place?: (failure: Told) => Mistakes<V>;
}

export function createForm<V extends Record<string, string>, T>(options: Options<V, T>): Form<V> {
  const { check, send, done, place } = options;
  const values = $state(options.values);
  let mistakes: Mistakes<V> = $state.raw({});
  let failure: Told | null = $state.raw(null);
  let busy = $state(false);

  function refused(told: Told): void {
    const own = place?.(told) ?? {};
    const known = (told.fields ?? []).filter(({ field }) => field in values);
    const listed = Object.fromEntries(known.map(({ field, reason }) => [field, sentence(reason)]));
    mistakes = { ...listed, ...own };
    failure = Object.keys(mistakes).length > 0 ? null : told;
  }

  return {
    values,
    get mistakes() {
      return mistakes;
    },
    get failure() {
      return failure;
    },
    get busy() {
      return busy;
    },
    async submit() {
      if (busy) return false;
      mistakes = check(values);
      failure = null;
      if (Object.keys(mistakes).length > 0) return false;
      busy = true;
      const answer = await send(values).finally(() => (busy = false));
      if (answer.ok) done(answer.value, values);
      else refused(answer.failure);
      return answer.ok;
    },
  };
}

/** The server speaks of a field in half sentences: `is too short`. */
function sentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

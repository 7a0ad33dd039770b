import type { Desk, DeskCall, DeskInput, DeskOutputs } from '../../../domain/desk/api.ts';
import type { Failure } from '../../../domain/errors.ts';
import { coalesce } from './coalesce.ts';

/** One answer of the desk that a page shows and keeps up to date. */
export interface Resource<T> {
  /** The last good answer: it stays while a newer one is awaited or fails. */
  readonly value: T | null;
  readonly failure: Failure | null;
  refresh(): Promise<void>;
}

export function createResource<C extends DeskCall>(
  desk: Desk,
  call: C,
  input: DeskInput<C>,
): Resource<DeskOutputs[C]> {
  let value: DeskOutputs[C] | null = $state.raw(null);
  let failure: Failure | null = $state.raw(null);
  const refresh = coalesce(async () => {
    const answer = await desk.invoke(call, input);
    if (answer.ok) value = answer.value;
    failure = answer.ok ? null : answer.failure;
  });
  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
    refresh,
  };
}

/**
 * The request in the detail pane. What the last answer said stays in view while the next one is awaited, for as long as
 * people do not notice; after that the pane shows that it is waiting.
 */
import type { Desk } from '../../../domain/desk/api.ts';
import type { Detail, RequestRef } from '../../../domain/desk/rows.ts';
import type { Failure } from '../../../domain/errors.ts';
import { coalesce } from './coalesce.ts';
import { keyOf } from './keys.ts';

export interface DetailView {
  readonly ref: RequestRef | null;
  /** The last answer; of another request for a moment after `show`. */
  readonly value: Detail | null;
  /** The answer that belongs to `ref`, null while it is awaited. */
  readonly current: Detail | null;
  /** It is not there any more. */
  readonly gone: boolean;
  readonly failure: Failure | null;
  show(ref: RequestRef | null): void;
  refresh(): Promise<void>;
}

export function createDetail(desk: Desk): DetailView {
  let ref: RequestRef | null = $state.raw(null);
  let value: Detail | null = $state.raw(null);
  let gone = $state(false);
  let failure: Failure | null = $state.raw(null);
  const current = $derived.by(() => (value && ref && keyOf(value.row) === keyOf(ref) ? value : null));

  const refresh = coalesce(async () => {
    const asked = ref;
    if (!asked) return;
    const answer = await desk.invoke('request.get', { kind: asked.kind, id: asked.id });
    if (ref === null || keyOf(ref) !== keyOf(asked)) return;
    failure = answer.ok ? null : answer.failure;
    if (!answer.ok) return;
    gone = answer.value === null;
    value = answer.value;
  });

  return {
    get ref() {
      return ref;
    },
    get value() {
      return value;
    },
    get current() {
      return current;
    },
    get gone() {
      return gone;
    },
    get failure() {
      return failure;
    },
    show(next) {
      ref = next && { kind: next.kind, id: next.id };
      gone = false;
      failure = null;
      if (next === null) value = null;
      else void refresh();
    },
    refresh,
  };
}

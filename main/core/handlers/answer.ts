/** Where the core ends and the hosts begin: inputs are parsed, failures become data, nothing is thrown across. */
import {
  deskInputs,
  type DeskCall,
  type DeskHandlers,
  type DeskInput,
  type DeskOutputs,
} from '../../../domain/desk/api.ts';
import { failure, fieldErrors, GatehouseError, type Result } from '../../../domain/errors.ts';

/** Runs a handler's work; what it throws becomes a failure with a code. */
export async function answer<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof GatehouseError) return { ok: false, failure: error.failure };
    return { ok: false, failure: failure('desk_failed') };
  }
}

export function isDeskCall(call: unknown): call is DeskCall {
  return typeof call === 'string' && Object.hasOwn(deskInputs, call);
}

function run<C extends DeskCall>(
  handlers: DeskHandlers,
  call: C,
  input: DeskInput<C>,
): Promise<Result<DeskOutputs[C]>> {
  return handlers[call](input);
}

/** Parses what a page sent and runs the handler. Unknown calls and wrong inputs are failures like any other. */
export async function dispatch(
  handlers: DeskHandlers,
  call: unknown,
  input: unknown,
): Promise<Result<unknown>> {
  if (!isDeskCall(call)) return { ok: false, failure: failure('not_found') };
  const parsed = deskInputs[call].safeParse(input);
  if (!parsed.success) {
    return { ok: false, failure: failure('invalid_input', { fields: fieldErrors(parsed.error) }) };
  }
  return run(handlers, call, parsed.data as DeskInput<typeof call>);
}

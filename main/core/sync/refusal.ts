/** What a server's refusal means: its own code where the answer holds one, and when to come back. */
import { errorCodes, type ErrorCode } from '../../../domain/error-codes.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { problemSchema } from '../../../domain/wire/admin.ts';

/** The longest rest that a server may ask for, in seconds: it may be mistaken, and nobody should wait for ever. */
const longestRest = 300;

/** A refusal that names the seconds after which it makes sense to try again. */
export class ComeBackLater extends GatehouseError {
  readonly seconds: number;

  constructor(code: ErrorCode, seconds: number) {
    super(code);
    this.seconds = Math.min(seconds, longestRest);
  }
}

/** The error for a code from the wire: `fallback` where this version does not know it. */
export function refusalOf(code: string, fallback: ErrorCode, retryAfter?: number): GatehouseError {
  const known = errorCodes.find((one) => one === code) ?? fallback;
  return retryAfter === undefined ? new GatehouseError(known) : new ComeBackLater(known, retryAfter);
}

/** For answers without a problem in them: a proxy in between, or a server that is not ours. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 410) return 'cursor_gone';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'unavailable' : 'internal';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not one of ours: the status will do.
    return null;
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The header's value, in seconds. */
  readonly retryAfter?: string | undefined;
}

/** The error that an HTTP answer stands for. */
export function refusalOfAnswer({ status, text, retryAfter }: Answer): GatehouseError {
  const found = problemSchema.safeParse(parsed(text));
  const seconds = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return refusalOf(found.success ? found.data.code : '', codeOf(status), seconds);
}

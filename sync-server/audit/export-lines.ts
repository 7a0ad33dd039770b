/** The lines of an export, as they are written: what stands in them is evidence, so that no other reading of it may fit. */
import type { Readable } from 'node:stream';

/** In characters; no server writes one that is nearly as long. */
const longest = 2 ** 28;

/**
 * What a line feed ends, and what is left behind the last one. Not `readline`, which also ends lines at characters that
 * people may have in their names. A line that is too long to be one comes as an empty one.
 */
export async function* linesOf(input: Readable): AsyncGenerator<string> {
  input.setEncoding('utf8');
  let rest: string | null = '';
  for await (const chunk of input) {
    const [first = '', ...more] = String(chunk).split('\n');
    rest = joined(rest, first);
    for (const next of more) {
      yield rest ?? '';
      rest = next;
    }
  }
  if (rest !== '') yield rest ?? '';
}

function joined(rest: string | null, part: string): string | null {
  return rest === null || rest.length + part.length > longest ? null : rest + part;
}

export interface Line {
  /** Null for what is no JSON. */
  readonly value: unknown;
  /** Whether it is to the letter what an export writes: not so with a member that is there twice, or a byte order mark. */
  readonly exact: boolean;
}

export function readLine(line: string): Line {
  // A copy may have come by Windows.
  const text = line.replace(/\r$/, '');
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return { value, exact: JSON.stringify(value) === text };
  } catch {
    return { value: null, exact: false };
  }
}

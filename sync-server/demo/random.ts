/** Chance that repeats: the same seed and number draw the same lots, on every machine. Never for secrets. */
import { createHash } from 'node:crypto';

export interface Random {
  /** From 0 up to, not including, 1. */
  readonly share: () => number;
  /** A whole number below `limit`. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly [T, ...T[]]) => T;
  /** The first whose share is reached; shares add up to 1, the last takes what is left. */
  readonly weighted: <T>(choices: readonly [readonly [T, number], ...(readonly [T, number])[]]) => T;
  readonly bytes: (length: number) => Buffer;
}

/** A stream of its own for each thing that is drawn, so that a longer run begins like a shorter one. */
export function randomOf(...parts: readonly (string | number)[]): Random {
  const start = createHash('sha256').update(parts.join('\n')).digest();
  let a = start.readInt32LE(0);
  let b = start.readInt32LE(4);
  let c = start.readInt32LE(8);
  let counter = start.readInt32LE(12);

  /** sfc32: 32 bits a step; small, fast and well tested. */
  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  const share = (): number => next() / 2 ** 32;
  const below = (limit: number): number => Math.floor(share() * limit);
  return {
    share,
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    weighted(choices) {
      let left = share();
      for (const [choice, weight] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      return (choices.at(-1) ?? choices[0])[0];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() & 0xff)),
  };
}

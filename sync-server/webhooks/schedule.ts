/** When a delivery that failed is tried again, and when it is given up. Milliseconds. */

const second = 1_000;
const hour = 3_600 * second;

/** A delivery that did not arrive for this long is a dead letter; an endpoint that took nothing for as long is paused. */
export const giveUpAfter = 24 * hour;

const firstDelay = 5 * second;
const longestDelay = 2 * hour;
export const longestRest = 5 * 60 * second;

/** 5 s, doubling up to 2 h, and by chance up to a fifth less, so that not all come at once. */
export function retryDelay(attempts: number, random: () => number): number {
  return jittered(Math.min(firstDelay * 2 ** (attempts - 1), longestDelay), random);
}

/** An endpoint that fails is left alone for a while: 5 s, doubling up to 5 min. */
export function restDelay(failures: number, random: () => number): number {
  return jittered(Math.min(firstDelay * 2 ** (failures - 1), longestRest), random);
}

function jittered(delay: number, random: () => number): number {
  return Math.round(delay * (1 - random() / 5));
}

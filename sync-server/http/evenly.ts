/**
 * Lets an answer take the same time whatever was to be done for it: whether an account exists must not be told by a few
 * milliseconds of writing a row or not. For the few addresses where the work cannot be the same; the others do the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than the work takes, as long as the server is not overloaded. Milliseconds. */
const quantum = 150;

/** Settles as `work` does, a whole number of quanta after it began. */
export async function evenly<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    const taken = performance.now() - began;
    await sleep(quantum - (taken % quantum));
  }
}

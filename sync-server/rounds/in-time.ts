/** For answers that may never come, as from a database that was frozen or a line that was cut without a word. */

/** What `work` answers; throws where that takes longer than `milliseconds`. The work itself goes on, unheard. */
export async function inTime<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} did not answer in time`)), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

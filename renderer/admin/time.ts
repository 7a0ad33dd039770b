/** Times that the status bar and the undo need; ages of rows are renderer/ui's `Time`. */

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** `12:04:31` in this machine's zone, with the day before it where that is not today. */
export function clockTime(iso: string, now: number): string {
  const then = new Date(iso);
  const time = clock.format(then);
  return date.format(then) === date.format(now) ? time : `${date.format(then)}, ${time}`;
}

/** `21 Nov 2026`. */
export function day(iso: string): string {
  return date.format(new Date(iso));
}

/** Whole seconds until then, never below 0. Rounded down: the window's clock is up to a second behind. */
export function secondsUntil(iso: string, now: number): number {
  return Math.max(0, Math.floor((Date.parse(iso) - now) / 1_000));
}

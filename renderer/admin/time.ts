/** Times as people read them: relative in lists, exact on hover. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** `now`, `5 m`, `3 h`, `2 d`, `4 w`, `1 y`: short enough for a column. */
export function age(iso: string, now: number): string {
  const passed = now - Date.parse(iso);
  if (passed < minute) return 'now';
  if (passed < hour) return `${Math.floor(passed / minute)} m`;
  if (passed < day) return `${Math.floor(passed / hour)} h`;
  if (passed < 14 * day) return `${Math.floor(passed / day)} d`;
  if (passed < 365 * day) return `${Math.floor(passed / (7 * day))} w`;
  return `${Math.floor(passed / (365 * day))} y`;
}

/** `5 m ago`, `in 3 d`, `just now`. */
export function ago(iso: string, now: number): string {
  const ahead = Date.parse(iso) - now;
  if (ahead >= minute) return `in ${age(new Date(now - ahead).toISOString(), now)}`;
  const text = age(iso, now);
  return text === 'now' ? 'just now' : `${text} ago`;
}

/** `21 Nov 2026, 12:04:31`, in this machine's time zone. */
export function exactTime(iso: string): string {
  return exact.format(new Date(iso));
}

/** `12:04:31`, with the day where that is not today. */
export function clockTime(iso: string, now: number): string {
  const then = new Date(iso);
  const time = clock.format(then);
  return date.format(then) === date.format(new Date(now)) ? time : `${date.format(then)}, ${time}`;
}

/** Whole seconds until then, never below 0. */
export function secondsUntil(iso: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(iso) - now) / 1000));
}

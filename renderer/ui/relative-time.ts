const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const units: [limit: number, size: number, unit: Intl.RelativeTimeFormatUnit, short: string][] = [
  [hour, minute, 'minute', 'm'],
  [day, hour, 'hour', 'h'],
  [7 * day, day, 'day', 'd'],
  [30 * day, 7 * day, 'week', 'w'],
  [365 * day, 30 * day, 'month', 'mo'],
  [Number.POSITIVE_INFINITY, 365 * day, 'year', 'y'],
];

/** Making a formatter costs far more than using it, and a list has one for every row. */
function kept<Format>(make: (locale: string | undefined) => Format): (locale: string | undefined) => Format {
  const made = new Map<string | undefined, Format>();
  return (locale) => {
    const format = made.get(locale) ?? make(locale);
    made.set(locale, format);
    return format;
  };
}

const relativeFormat = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
const exactFormat = kept(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }),
);

/**
 * How far `at` lies from `now`, both in milliseconds. `short` fits a dense column ("5 m", "in 2 d", "now"), `long` a
 * sentence ("5 minutes ago"). Rounds towards zero: what is 59 s old is not yet a minute old.
 */
export function relativeTime(
  at: number,
  now: number,
  style: 'short' | 'long' = 'long',
  locale?: string,
): string {
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < minute) return style === 'short' ? 'now' : distance > 0 ? 'in less than a minute' : 'just now';
  const [, step, unit, short] = units.find(([limit]) => size < limit) ?? [0, 365 * day, 'year', 'y'];
  const amount = Math.trunc(distance / step);
  if (style === 'short') return `${amount > 0 ? 'in ' : ''}${Math.abs(amount)} ${short}`;
  return relativeFormat(locale).format(amount, unit);
}

/** The exact time in the reader's own zone, to the second, for a title. */
export function exactTime(at: number, locale?: string): string {
  return exactFormat(locale).format(at);
}

/** One way to tamper, and where the verification has to point. */
import type { Random } from '../../../../sync-server/demo/random.ts';
import type { Report } from '../../../../sync-server/audit/report.ts';

/** The places that a report may point at: any one of these ranges. */
export interface Tampered {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** Whether what is left is whole in itself, so that only checkpoints can tell. */
  readonly consistent?: boolean;
}

/** A tampering of lines, of an export or of checkpoints; `null` where this one cannot be done to them. */
export type TamperLines = (lines: string[], random: Random) => Tampered | null;

/** Null where the tampering was found and placed, else what is wrong. */
export function judge({ what, from, to }: Tampered, report: Report): string | null {
  if (report.ok) return `${what} at ${from}–${to}: not found`;
  const placed = report.breaks.some(({ seq, to: last = seq }) => seq <= to && last >= from);
  if (placed) return null;
  const told = report.breaks.map(({ kind, seq, to: last = seq }) => `${kind} ${seq}–${last}`).join(', ');
  return `${what} at ${from}–${to}: found elsewhere (${told})`;
}

/** Another text of the same make: hex stays hex, an id an id. */
export function bent(text: string, random: Random): string {
  if (text === '') return 'x';
  const place = [...text].flatMap((letter, index) => (/[0-9a-f]/.test(letter) ? [index] : []));
  const index = place[random.below(place.length)] ?? 0;
  const letter = text[index] === '7' ? '8' : '7';
  return `${text.slice(0, index)}${letter}${text.slice(index + 1)}`;
}

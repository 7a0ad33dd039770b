/** Numbers as typed. */
import { UsageError } from './exits.ts';

/** Throws `UsageError`. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${option} is a whole number from ${least} to ${most}, not "${text}".`);
}

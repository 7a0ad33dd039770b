/** What was typed behind `npm run … --`: a number that is none would try nothing, and call that a success. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Says what cannot be, and ends the process with 2. */
export function wrongUsage(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

/** As `parseArgs`; ends with 2 for what is unknown or has no value. */
export function readFlags<T extends NonNullable<ParseArgsConfig['options']>>(options: T) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // Node goes on to explain what to do about a dash; the first sentence is what was wrong.
    const [reason = ''] = (error instanceof Error ? error.message : '').split(/\. |\n/);
    return wrongUsage(`${reason.replace(/\.$/, '')}. There are: --${Object.keys(options).join(', --')}.`);
  }
}

/** Larger ones no random choice can begin with. */
const most = 2 ** 32 - 1;

/** Ends with 2 for what is no whole number from `least` on. */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  return wrongUsage(`--${flag} is a whole number from ${least} to ${most}, not "${text}".`);
}

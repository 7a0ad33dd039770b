/**
 * Text that every side can keep. PostgreSQL has no NUL in its texts, and half of a surrogate pair is no Unicode: it comes
 * back as another character, or not at all.
 */
import { z } from 'zod';

const nul = '\u0000';

/** Whether databases give this text back as it was. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes(nul);
}

/** The text without what cannot be kept. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll(nul, '');
}

/** What is said of a text that is not storable. */
export const notStorable = 'has a character that cannot be kept';

/** Any text that comes from outside and may reach a database. */
export const textSchema = z.string().refine(isStorable, notStorable);

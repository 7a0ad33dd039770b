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

/** Embeddings, overrides and isolates. The marks that right-to-left names need are not among them. */
const turning = /[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text without characters that turn the direction of whatever follows: a name with one would show the address beside
 * it backwards, as somebody else's.
 */
export function upright(text: string): string {
  return text.replaceAll(turning, '');
}

/** What is said of a name that is not upright. */
export const notUpright =
  'has a character that turns the direction of the text around it: type it anew, rather than pasting it';

/** A name that others read beside other text. */
export const nameSchema = textSchema.refine((text) => upright(text) === text, notUpright);

import { maxReason } from '../../../domain/intents.ts';
import { isStorable } from '../../../domain/text.ts';
import { count } from '../words.ts';

/** Why a reason cannot be recorded as it was typed or pasted. A long one is not cut: half a reason may say the opposite. */
export function reasonTrouble(reason: string): string | undefined {
  const { length } = reason.trim();
  if (length > maxReason) {
    return `The reason has ${count(length)} characters; ${count(maxReason)} can be kept. Shorten it.`;
  }
  if (isStorable(reason)) return undefined;
  return 'The reason has a character that cannot be kept. Type it anew, rather than pasting it.';
}

/** Reasons that come up again and again, worded so that the developer knows what to do next. */
export const templates: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: 'Not confirmed',
    text: 'We could not confirm the company behind this request. Please ask again from a company address.',
  },
  {
    name: 'Purpose unclear',
    text: 'Please describe what the application does with the data, then ask again.',
  },
  {
    name: 'Duplicate',
    text: 'There is an application for this already. Please use that one, or tell us why you need another.',
  },
  {
    name: 'Terms',
    text: 'This use is not covered by the terms of the API.',
  },
];

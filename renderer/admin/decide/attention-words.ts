/** Why a decision did not come about, for the card that says so. */
import type { AttentionEntry } from '../../../domain/desk/rows.ts';
import { errorCodes, errors } from '../../../domain/error-codes.ts';

const marks: Record<AttentionEntry['kind'], string> = {
  superseded: 'Decided otherwise',
  stale: 'Changed since you looked',
  refused: 'Refused',
};

export function mark({ kind }: Pick<AttentionEntry, 'kind'>): string {
  return marks[kind];
}

/** What is said over the reason of the answer, and on the button that lets it stand: often nobody else decided. */
export function standing({ decision }: Pick<AttentionEntry, 'decision'>): {
  readonly heading: string;
  readonly accept: string;
} {
  return decision
    ? { heading: 'What stands instead', accept: 'Accept theirs' }
    : { heading: 'Why', accept: 'Leave it at that' };
}

/** Whoever reads of this has signed in anew by then: another mend than the code’s own is wanted. */
const deviceRemoved =
  'It was made on a device that was removed before it was carried out. Decide anew if it still holds.';

/** Only the reason can be wrong: the desk writes all the rest. */
const reasonRefused =
  'Its reason has a character that cannot be kept, so it was not carried out. Ask again, and it goes without that character.';

/** The sentence of the documented code, where no decision stands instead. */
export function happened({ code }: Pick<AttentionEntry, 'code'>): string {
  if (code === 'device_revoked') return deviceRemoved;
  if (code === 'invalid_input') return reasonRefused;
  const known = errorCodes.find((candidate) => candidate === code);
  return known ? `${errors[known].message} ${errors[known].mend}` : 'The server did not carry it out.';
}

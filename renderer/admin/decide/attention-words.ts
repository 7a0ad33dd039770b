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

/** The sentence of the documented code, where no decision stands instead. */
export function happened({ code }: Pick<AttentionEntry, 'code'>): string {
  const known = errorCodes.find((candidate) => candidate === code);
  return known ? `${errors[known].message} ${errors[known].mend}` : 'The server did not carry it out.';
}

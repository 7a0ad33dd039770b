/** What a closing decision will do, as far as this desk knows; the answer says what it did. */
import type { QueueRow } from '../../../domain/desk/rows.ts';
import type { Question } from '../state/decisions.svelte.ts';
import { isLegal } from '../state/legal.ts';
import { count } from '../words.ts';

/** How many of the targets it can be about, as far as they are loaded. */
export function possibleCount(
  { action, targets }: Pick<Question, 'action' | 'targets'>,
  known: ReadonlyMap<string, QueueRow>,
): number {
  return targets.filter(({ kind, id }) => {
    const row = known.get(`${kind}:${id}`);
    return row === undefined || isLegal(row, action);
  }).length;
}

/** `known` holds the rows that are loaded, by their key. */
export function previewLines(
  { action, targets }: Pick<Question, 'action' | 'targets'>,
  known: ReadonlyMap<string, QueueRow>,
): string[] {
  const rows = targets.flatMap(({ kind, id }) => known.get(`${kind}:${id}`) ?? []);
  const possible = rows.filter((row) => isLegal(row, action)).length;
  const unknown = targets.length - rows.length;
  const skipped = rows.length - possible;
  const what = action === 'delete' ? 'deleted' : 'revoked';
  const several = targets.length > 1;
  return [
    ...(several && possible > 0 ? [`${count(possible)} will be ${what}.`] : []),
    ...(several && skipped > 0 ? [`${count(skipped)} will be skipped: not possible from their state.`] : []),
    ...(several && unknown > 0
      ? [`${count(unknown)} more are not loaded here; those that can be are ${what}.`]
      : []),
    ...effects(action),
  ];
}

function effects(action: Question['action']): string[] {
  return action === 'delete'
    ? [
        'What belongs to it goes with it: applications, registrations and keys.',
        'It rests a few seconds, in which Undo takes it back. After that it is final.',
      ]
    : [
        'Calls stop within a second of reaching the server.',
        'It leaves at once: it cannot be undone, only reinstated.',
      ];
}

/** What the list says about itself: its title, how much it holds, and why it is empty. */
import type { DeskOutputs, QueueFilter } from '../../../domain/desk/api.ts';
import type { Status } from '../../../domain/desk/rows.ts';
import { requestKinds, type RequestKind, type TargetState } from '../../../domain/states.ts';
import type { List } from '../state/list.svelte.ts';
import type { Place } from '../state/route.svelte.ts';
import { count, kindTitle, kindWord, stateWord } from '../words.ts';

type Counts = DeskOutputs['queue.counts'];

/** How many match: from the running counts where no search narrows them, else once all have been seen. */
export function knownTotal(
  list: Pick<List, 'filter' | 'rows' | 'complete'>,
  counts: Counts | null,
): number | null {
  const { kinds, states, search, portalId } = list.filter;
  if (list.complete) return list.rows.length;
  if (search !== '' || portalId !== null || counts === null) return null;
  const wanted = kinds.length > 0 ? kinds : requestKinds;
  const numbers = wanted.flatMap((kind) =>
    Object.entries(counts.byKind[kind])
      .filter(([state]) => states.length === 0 || states.some((one) => one === state))
      .map(([, number]) => number),
  );
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Waiting is what is pending; with other states chosen the queue is just requests. */
export function listTitle(place: Place, { states }: Pick<QueueFilter, 'states'>): string {
  if (place.page === 'records') return kindTitle[place.kind];
  const kind = place.page === 'queue' ? place.kind : null;
  const isWaiting = states.length === 1 && states[0] === 'pending';
  if (kind !== null) return isWaiting ? `Waiting ${kindWord(kind, true)}` : kindTitle[kind];
  return isWaiting ? 'Waiting' : 'Requests';
}

/** "312 pending requests": what "all" would mean here. */
export function scopeWords({ kinds, states, search }: QueueFilter, total: number | null): string {
  const [kind] = kinds;
  const noun =
    kinds.length === 1 && kind ? kindWord(kind, total !== 1) : total === 1 ? 'request' : 'requests';
  const [state] = states;
  const words = [
    ...(total === null ? [] : [count(total)]),
    ...(states.length === 1 && state ? [stateWord(state).toLowerCase()] : []),
    noun,
    ...(search === '' ? [] : [`matching “${search}”`]),
  ];
  return words.join(' ');
}

/** Says what will appear here and how. */
export function emptyWords(
  place: Place,
  filter: QueueFilter,
  status: Status | null,
): { readonly title: string; readonly text: string } {
  if (filter.search !== '') {
    return {
      title: `Nothing matches “${filter.search}”`,
      text: 'Search looks at names, e-mail addresses and what is asked for, within the filters above.',
    };
  }
  if (status?.rows === 0 && status.sync.state !== 'synced') {
    return {
      title: status.sync.state === 'syncing' ? 'Loading the first copy' : 'No copy yet',
      text: 'Requests appear here as soon as the desk has loaded its copy from the server.',
    };
  }
  if (place.page === 'queue' && filter.states.length === 1 && filter.states[0] === 'pending') {
    return {
      title: 'Nothing is waiting',
      text: 'When a developer signs up, creates an application or asks for access, it appears here by itself.',
    };
  }
  return {
    title: 'Nothing here',
    text: 'No request is in these states. Choose others above, or wait: new ones appear by themselves.',
  };
}

export const stateChoices: readonly TargetState[] = [
  'pending',
  'approved',
  'rejected',
  'revoked',
  'withdrawn',
  'unverified',
];

export function isKind(value: string): value is RequestKind {
  return requestKinds.some((kind) => kind === value);
}

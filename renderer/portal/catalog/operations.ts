import type { SpecOperation } from '../../../domain/wire/portal-v2.ts';

export interface OperationGroup {
  readonly tag: string;
  readonly operations: readonly SpecOperation[];
}

export const untagged = 'Other operations';

/** By tag, in the order in which the specification names them; an operation with several tags is listed under each. */
export function byTag(operations: readonly SpecOperation[]): OperationGroup[] {
  const groups = new Map<string, SpecOperation[]>();
  const last: SpecOperation[] = [];
  for (const operation of operations) {
    if (operation.tags.length === 0) last.push(operation);
    for (const tag of new Set(operation.tags)) groups.set(tag, [...(groups.get(tag) ?? []), operation]);
  }
  const tagged = [...groups].map(([tag, members]) => ({ tag, operations: members }));
  return last.length > 0 ? [...tagged, { tag: untagged, operations: last }] : tagged;
}

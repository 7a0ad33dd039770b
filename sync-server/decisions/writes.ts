/**
 * Gathers the rows that a slice changes, so that they are written many in one statement. A row that is changed twice is
 * written twice, in order, and both images are in the log.
 */
import type { Row } from '../../domain/entities.ts';
import type { TargetKind } from '../../domain/states.ts';
import type { Cause, Change } from '../changelog/commit.ts';

interface Entry<K extends TargetKind> {
  readonly row: Row<K>;
  readonly cause: Cause;
  readonly gone: boolean;
}

interface Bucket<K extends TargetKind> {
  add(entry: Entry<K>): Promise<void>;
  flush(): Promise<void>;
}

function bucket<K extends TargetKind>(change: Change, kind: K): Bucket<K> {
  let entries = new Map<string, Entry<K>>();

  async function flush(): Promise<void> {
    const gathered = entries;
    entries = new Map();
    const causeOf = (row: Row<K>): Cause => gathered.get(row.id)?.cause ?? { actor: 'system' };
    const rows = (gone: boolean): Row<K>[] =>
      [...gathered.values()].filter((entry) => entry.gone === gone).map(({ row }) => row);
    await change.put(kind, rows(false), causeOf);
    await change.drop(kind, rows(true), causeOf);
  }

  return {
    flush,
    async add(entry) {
      if (entries.has(entry.row.id)) await flush();
      entries.set(entry.row.id, entry);
    },
  };
}

/** One bucket a kind, so that what happens in between does not tear statements apart. */
export type Buckets = { readonly [K in TargetKind]: Bucket<K> };

export interface Writes {
  readonly buckets: Buckets;
  flush(): Promise<void>;
}

export function gatherWrites(change: Change): Writes {
  const buckets: Buckets = {
    developer: bucket(change, 'developer'),
    application: bucket(change, 'application'),
    registration: bucket(change, 'registration'),
    credential: bucket(change, 'credential'),
  };
  return {
    buckets,
    async flush() {
      for (const one of Object.values(buckets)) await one.flush();
    },
  };
}

/** What the process that owns PGlite can be asked. Small on purpose: reading is one call, writing is four. */
import type { Cursor } from '../../../domain/cursor.ts';
import type { EntityKind } from '../../../domain/entities.ts';
import type { Chunk, Manifest } from '../../../domain/wire/snapshot.ts';
import type { Frame } from '../../../domain/wire/frames.ts';
import type { Failure } from '../../../domain/errors.ts';

/** Values that may be bound to a statement; lists travel as one JSON text, because many parameters wrap silently. */
export type Bind = string | number | boolean | null;

/** Where the copy stands. Null cursor: no snapshot is complete, whatever rows are there. */
export interface Standing {
  readonly cursor: Cursor | null;
  readonly scope: string | null;
  /** False while the search index is still being filled. */
  readonly searchable: boolean;
}

export interface OwnerCalls {
  /**
   * Makes an empty copy ready where there is none, so that the first sign-in need not wait for it. `boot` names the
   * present boot of the machine; null where the owner is to find out.
   */
  prepare: { input: { dataDir: string; boot: string | null }; output: null };
  /** Opens the copy of `owner` (server and admin), made anew where it cannot be trusted. */
  open: { input: { dataDir: string; owner: string; boot: string | null }; output: Standing };
  standing: { input: null; output: Standing };
  query: { input: { sql: string; binds: readonly Bind[] }; output: unknown[] };
  /** Starts a snapshot, or resumes it: the numbers of the chunks that are in. */
  begin: { input: Manifest; output: readonly number[] };
  /** One chunk's compressed bytes: checked, unpacked and copied, with its number, in one transaction. */
  load: { input: { snapshot: string; chunk: Chunk; bytes: Uint8Array }; output: { rows: number } };
  /** All chunks are in: from now on the copy stands at the snapshot's cursor. */
  finish: { input: Manifest; output: Standing };
  /** Applies frames that join on to the cursor, in one transaction with it; applies none where they do not. */
  apply: {
    input: readonly Frame[];
    output: { applied: boolean; cursor: Cursor | null; entities: readonly EntityKind[] };
  };
  /** The next slice of the search index. */
  fill: { input: { limit: number }; output: { searchable: boolean } };
  close: { input: { clean: boolean }; output: null };
}

export type OwnerCall = keyof OwnerCalls;

export interface OwnerRequest<C extends OwnerCall = OwnerCall> {
  readonly id: number;
  readonly call: C;
  readonly input: OwnerCalls[C]['input'];
}

export type OwnerAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure; readonly detail: string };

/** One handler for each call. */
export type OwnerHandlers = {
  readonly [C in OwnerCall]: (input: OwnerCalls[C]['input']) => Promise<OwnerCalls[C]['output']>;
};

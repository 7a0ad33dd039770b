/**
 * A device's intent document as the server sees it: a private copy for one connection. What comes in is looked through as
 * bytes, then applied to a scratch copy and judged there; only what is an append of intents or a trim at the head reaches
 * the document. A refusal leaves the document byte for byte as it was.
 */
import * as Y from 'yjs';
import { GatehouseError } from '../../domain/errors.ts';
import { intentSchema, type Intent } from '../../domain/intents.ts';
import { listName, maxOutstanding } from '../../domain/wire/sync.ts';
import { checkStateVector, lookThrough } from './update.ts';

/** Answered intents may stay for a while behind one that is not. */
const maxItems = maxOutstanding * 4;

export interface IntentDocument {
  /** Read only: what has been taken so far. */
  readonly doc: Y.Doc;
  /**
   * The intents that an update brings, in order. Throws `frame_damaged`, `document_refused`, `invalid_input` or
   * `rate_limited`, and has changed nothing then.
   */
  apply(update: Uint8Array): Intent[];
  /** What the client asks for with its state vector. Throws `frame_damaged`. */
  answer(stateVector: Uint8Array): Uint8Array;
  close(): void;
}

type Delta = Y.YArrayEvent<unknown>['changes']['delta'];

/** A document to try things on, which keeps account of what they change. */
interface Scratch {
  readonly doc: Y.Doc;
  readonly list: Y.Array<unknown>;
  /** What has changed since it was last asked. */
  changes(): Delta;
}

/** Documents are many and short-lived: their own random ids would cost more than their contents. */
function newDocument(): Y.Doc {
  return new Y.Doc({ guid: listName });
}

function openScratch(state: Uint8Array): Scratch {
  const doc = newDocument();
  const list = doc.getArray<unknown>(listName);
  Y.applyUpdate(doc, state);
  let delta: Delta = [];
  list.observe(({ changes }) => (delta = changes.delta));
  return {
    doc,
    list,
    changes: () => {
      const changed = delta;
      delta = [];
      return changed;
    },
  };
}

/** What was appended, where the change is a trim at the head and an append at the end of what was `length` long; else null. */
function appended(delta: Delta, length: number): unknown[] | null {
  const [trim = 0, from] = delta[0]?.delete === undefined ? [0, 0] : [delta[0].delete, 1];
  const keep = delta[from]?.retain;
  const at = keep === undefined ? from : from + 1;
  const insert = delta[at]?.insert;
  if (insert === undefined) return at === delta.length ? [] : null;
  const whole = trim + (keep ?? 0) === length && at + 1 === delta.length;
  return whole && Array.isArray(insert) ? insert : null;
}

export function openIntentDocument(): IntentDocument {
  const doc = newDocument();
  const list = doc.getArray<unknown>(listName);
  let scratch = openScratch(Y.encodeStateAsUpdate(doc));

  /** Tries the update on the scratch copy. */
  function judge(update: Uint8Array): Intent[] {
    damagedUnless(() => {
      Y.applyUpdate(scratch.doc, update);
    });
    const { store, share, subdocs } = scratch.doc;
    // What waits for a predecessor would wait for ever, unseen.
    if (store.pendingStructs || store.pendingDs) throw new GatehouseError('frame_damaged');
    const oneWriter = store.clients.size <= 1 && share.size === 1 && subdocs.size === 0;
    const items = appended(scratch.changes(), list.length);
    if (!oneWriter || !items) throw new GatehouseError('document_refused');
    if (scratch.list.length > maxItems) throw new GatehouseError('rate_limited');
    return items.map(parseItem);
  }

  return {
    doc,
    apply(update) {
      lookThrough(update);
      try {
        const intents = judge(update);
        Y.applyUpdate(doc, update);
        return intents;
      } catch (error) {
        scratch.doc.destroy();
        scratch = openScratch(Y.encodeStateAsUpdate(doc));
        throw error;
      }
    },
    answer(stateVector) {
      checkStateVector(stateVector);
      return damagedUnless(() => Y.encodeStateAsUpdate(doc, stateVector));
    },
    close() {
      scratch.doc.destroy();
      doc.destroy();
    },
  };
}

/** Yjs throws all sorts of errors at damaged bytes. */
function damagedUnless<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new GatehouseError('frame_damaged', { cause });
  }
}

function parseItem(item: unknown): Intent {
  if (typeof item !== 'string') throw new GatehouseError('invalid_input');
  const value = damagedUnless((): unknown => JSON.parse(item));
  const intent = intentSchema.safeParse(value);
  if (!intent.success) throw new GatehouseError('invalid_input', { cause: intent.error });
  return intent.data;
}

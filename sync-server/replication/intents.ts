/**
 * A device's intent document as the server sees it: a private copy for one connection. An update is applied here and
 * nowhere else, looked through, and only then do its intents count; whatever is not an append of intents or a trim at the
 * head is refused, and the copy is thrown away with the connection.
 */
import * as Y from 'yjs';
import { GatehouseError } from '../../domain/errors.ts';
import { intentSchema, type Intent } from '../../domain/intents.ts';
import { listName, maxOutstanding } from '../../domain/wire/sync.ts';

/** Answered intents may stay for a while behind one that is not. */
const maxItems = maxOutstanding * 4;

export interface IntentDocument {
  /** The intents that an update brings, in order. Throws `frame_damaged`, `document_refused` or `invalid_input`. */
  apply(update: Uint8Array): Intent[];
  /** What the client asks for with its state vector. Throws `frame_damaged`. */
  answer(stateVector: Uint8Array): Uint8Array;
  stateVector(): Uint8Array;
  close(): void;
}

export function openIntentDocument(): IntentDocument {
  const doc = new Y.Doc();
  const list = doc.getArray<unknown>(listName);
  let arrived: unknown[] = [];
  list.observe(({ changes }) => {
    for (const { insert } of changes.delta) if (isList(insert)) arrived.push(...insert);
  });
  return {
    apply(update) {
      damagedUnless(() => {
        Y.applyUpdate(doc, update);
      });
      // What waits for a predecessor would wait for ever, unseen.
      if (doc.store.pendingStructs || doc.store.pendingDs) throw new GatehouseError('frame_damaged');
      if (doc.share.size !== 1) throw new GatehouseError('document_refused');
      if (list.length > maxItems) throw new GatehouseError('rate_limited');
      const items = arrived;
      arrived = [];
      return items.map(parseItem);
    },
    answer: (stateVector) => damagedUnless(() => Y.encodeStateAsUpdate(doc, stateVector)),
    stateVector: () => Y.encodeStateVector(doc),
    close: () => {
      doc.destroy();
    },
  };
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
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

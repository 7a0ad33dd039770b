/** What a device may send, and where it goes: questions about the feed, its own intents, its presence; nothing else. */
import { GatehouseError } from '../../domain/errors.ts';
import { maxMessageBytes, type Message } from '../../domain/wire/sync.ts';
import { decodeSync, encodeSync } from '../../domain/wire/y-sync.ts';
import { RateLimited } from '../http/limit.ts';
import type { Feed } from './feed.ts';
import type { Inbox } from './inbox.ts';
import type { IntentDocument } from './intents.ts';
import type { Outlet } from './outlet.ts';
import type { DevicePace } from './pace.ts';

/** The one document that everybody may write, and nobody stores. */
export const presenceDocument = 'presence';
const maxPresenceBytes = 16 * 1024;

export interface ReceptionDeps {
  readonly feed: Pick<Feed, 'name'>;
  /** The name of the device's own document. */
  readonly own: string;
  readonly document: IntentDocument;
  readonly pace: DevicePace;
  readonly outlet: Outlet;
  readonly inbox: Inbox;
  readonly send: (message: Message) => void;
  /** Passes presence on to the others. */
  readonly relay: (message: Message) => void;
  /** Told once more waits in the inbox than should: nothing more is to be read for now. */
  readonly full: () => void;
}

/** Takes a frame with what it says, null where it says nothing. Throws the code of what is not for a device to send. */
export type Receive = (frame: Uint8Array, message: Message | null) => void;

export function createReception(deps: ReceptionDeps): Receive {
  const { feed, own, document, pace, outlet, inbox } = deps;

  function checkPace(bytes: number): void {
    const wait = Math.max(pace.frames.take(1), pace.bytes.take(bytes));
    if (wait > 0) throw new RateLimited(wait);
  }

  function receiveSync({ document: name, payload }: Message): void {
    if (name !== own && name !== feed.name) throw new GatehouseError('document_refused');
    const message = decodeSync(payload);
    if (!message) throw new GatehouseError('frame_damaged');
    if (name === feed.name) {
      if (message.kind !== 'step1') throw new GatehouseError('document_refused');
      return outlet.begin(message.bytes);
    }
    if (message.kind === 'step1') {
      const bytes = document.answer(message.bytes);
      return deps.send({ kind: 'sync', document: own, payload: encodeSync({ kind: 'step2', bytes }) });
    }
    inbox.push(document.apply(message.bytes), message.bytes.length);
    if (inbox.full()) deps.full();
  }

  function receivePresence(message: Message): void {
    if (message.document !== presenceDocument) throw new GatehouseError('document_refused');
    if (message.payload.length > maxPresenceBytes) throw new GatehouseError('frame_damaged');
    // Who is present is news for a moment: what comes too fast is let go.
    if (pace.presence.take(1) === 0) deps.relay(message);
  }

  return (frame, message) => {
    checkPace(frame.length);
    if (frame.length > maxMessageBytes) throw new GatehouseError('frame_too_large');
    if (message?.kind === 'sync') return receiveSync(message);
    if (message?.kind === 'awareness') return receivePresence(message);
    throw new GatehouseError('frame_damaged');
  };
}

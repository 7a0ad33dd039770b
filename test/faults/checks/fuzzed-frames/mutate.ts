/** One recorded frame, made wrong: what is sent instead of it. */
import * as Y from 'yjs';
import type { Intent } from '../../../../domain/intents.ts';
import { encodeMessage, intentsDocument, listName, type Message } from '../../../../domain/wire/sync.ts';
import { encodeSync } from '../../../../domain/wire/y-sync.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { chosen } from '../../chosen.ts';
import { extreme, flipped, repaired, repeated, spliced, truncated } from './bytes.ts';
import { bentIntent } from './intents.ts';
import { documentAfter, type Recording } from './record.ts';
import { strangeUpdate } from './updates.ts';

export interface Mutant {
  readonly what: string;
  readonly frame: Uint8Array;
  readonly binary: boolean;
}

export interface Material {
  readonly recordings: readonly Recording[];
  /** To be bent. */
  readonly intents: readonly Intent[];
  /** Devices that are not the sender's. */
  readonly others: readonly string[];
  readonly feed: string;
}

/** Instead of frame number `step` of `recording`. */
export function mutate(
  { recordings, intents, others, feed }: Material,
  recording: Recording,
  step: number,
  random: Random,
): Mutant {
  const { frame, message } = recording.steps[step] ?? { frame: new Uint8Array(1), message: null };
  const own = intentsDocument(recording.device);
  const binary = random.below(200) !== 0;
  const raw = (what: string, bytes: Uint8Array): Mutant => ({ what, frame: bytes, binary });
  const mended = (what: string, bytes: Uint8Array): Mutant =>
    raw(`${what}, checksum mended`, repaired(bytes));
  const sent = (what: string, changed: Message): Mutant => raw(what, encodeMessage(changed));
  const update = (what: string, bytes: Uint8Array): Mutant => {
    const kind = random.below(10) === 0 ? 'step2' : 'update';
    return sent(what, { kind: 'sync', document: own, payload: encodeSync({ kind, bytes }) });
  };
  const other = chosen(chosen(recordings, random).steps, random);

  switch (random.below(16)) {
    case 0:
      return raw('flipped', flipped(frame, random));
    case 1:
    case 2:
    case 3:
      return mended('flipped', flipped(frame, random));
    case 4:
      return raw('truncated', truncated(frame, random));
    case 5:
      return mended('truncated', truncated(frame, random));
    case 6:
      return mended('spliced', spliced(frame, other.frame, random));
    case 7:
      return raw('twice in a row', Buffer.concat([frame, frame]));
    case 8:
      return mended('repeated', repeated(frame, random));
    case 9:
      return mended('an extreme number', extreme(frame, random));
    case 10:
      return raw('of another connection', other.frame);
    case 11: {
      const names = [
        feed,
        own,
        'presence',
        '',
        '__proto__',
        `intents/${chosen(others, random)}`,
        'x'.repeat(300),
      ] as const;
      const kinds = ['control', 'sync', 'awareness'] as const;
      const payload = message?.payload ?? new Uint8Array();
      return sent('of another document', { kind: random.pick(kinds), document: random.pick(names), payload });
    }
    case 12:
      return raw('noise', random.bytes(random.below(200)));
    case 13: {
      const doc = documentAfter(recording.steps.slice(0, step));
      const before = Y.encodeStateVector(doc);
      const texts = Array.from({ length: 1 + random.below(3) }, () =>
        bentIntent(chosen(intents, random), others, random),
      );
      doc.getArray(listName).push(texts);
      return update('a bent intent', Y.encodeStateAsUpdate(doc, before));
    }
    default: {
      const [what, bytes] = strangeUpdate(documentAfter(recording.steps.slice(0, step)), random);
      return update(what, random.below(4) === 0 ? flipped(bytes, random) : bytes);
    }
  }
}

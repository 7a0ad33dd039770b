/**
 * The last frames of a feed as a Yjs list that one module writes: new ones come at the end, old ones go at the head, so
 * that the whole of it always fits one message.
 */
import * as Y from 'yjs';
import { listName } from '../../domain/wire/sync.ts';
import { signpost, type FrameText } from './frames.ts';

/** With room for what Yjs adds. */
const maxTailBytes = 512 * 1024;
const maxTailFrames = 500;

export interface Tail {
  /** Read only: to encode its state, and to hear its updates. */
  readonly doc: Y.Doc;
  /** A frame that no message can carry is left out; the signpost in its place sends readers to the pages. */
  readonly append: (frames: readonly FrameText[], epoch: number) => void;
}

export function openTail(): Tail {
  const doc = new Y.Doc();
  const list = doc.getArray<string>(listName);
  const sizes: number[] = [];
  let bytes = 0;

  /** Appends at the end and trims at the head, as one update. What was just pushed is never trimmed with it. */
  function push(texts: readonly string[], added: number): void {
    doc.transact(() => {
      let head = 0;
      while (
        head < sizes.length &&
        (sizes.length - head + texts.length > maxTailFrames || bytes + added > maxTailBytes)
      ) {
        bytes -= sizes[head] ?? 0;
        head += 1;
      }
      sizes.splice(0, head);
      if (head > 0) list.delete(0, head);
      list.push([...texts]);
      sizes.push(...texts.map((text) => Buffer.byteLength(text)));
      bytes += added;
    });
  }

  return {
    doc,
    append(frames, epoch) {
      let burst: string[] = [];
      let size = 0;
      const flush = (): void => {
        if (burst.length > 0) push(burst, size);
        burst = [];
        size = 0;
      };
      for (const { text, to } of frames) {
        const carried = Buffer.byteLength(text) > maxTailBytes ? signpost(epoch, to) : text;
        const weight = Buffer.byteLength(carried);
        if (size + weight > maxTailBytes) flush();
        burst.push(carried);
        size += weight;
      }
      flush();
    },
  };
}

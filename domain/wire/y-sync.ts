/**
 * The three messages of y-protocols' sync, as bytes: a varint for the kind, a varint for the length, then the state
 * vector or the update. Written out here, because its own reader applies whatever comes to whatever document.
 */
const kinds = ['step1', 'step2', 'update'] as const;

export interface SyncMessage {
  /** `step1` holds a state vector, the others an update. */
  readonly kind: (typeof kinds)[number];
  readonly bytes: Uint8Array;
}

function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 0x80);
  digits.push(rest);
  return digits;
}

export function encodeSync({ kind, bytes }: SyncMessage): Uint8Array {
  const head = [kinds.indexOf(kind), ...varint(bytes.length)];
  const message = new Uint8Array(head.length + bytes.length);
  message.set(head);
  message.set(bytes, head.length);
  return message;
}

/** The message, or null where it is none. */
export function decodeSync(message: Uint8Array): SyncMessage | null {
  const kind = kinds[message[0] ?? kinds.length];
  let length = 0;
  let at = 1;
  for (let scale = 1; ; scale *= 128) {
    const digit = message[at++];
    if (digit === undefined || scale > 0x80000000) return null;
    length += (digit & 0x7f) * scale;
    if (digit < 0x80) break;
  }
  return kind && message.length === at + length ? { kind, bytes: message.subarray(at) } : null;
}

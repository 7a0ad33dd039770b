/**
 * One WebSocket carries many Yjs documents. Each message is one binary frame:
 *
 *   u8 version · u8 kind · u16 length of the document's name · name (ASCII) · payload · u32 CRC-32 of all before it
 *
 * Kinds: 0 control (payload: JSON, no document), 1 y-protocols sync, 2 y-protocols awareness. Big-endian, at most 1 MiB.
 * The socket is authenticated by its upgrade request (bearer token), before anything is queued; protocol.ts has the version.
 */
import { z } from 'zod';
import { crc32 } from '../crc32.ts';
import { protocolVersion } from './protocol.ts';

export const maxMessageBytes = 1024 * 1024;
/** Intents travel in slices of at most this many bytes … */
export const maxSliceBytes = 256 * 1024;
/** … with at most this many unanswered at a time. */
export const maxOutstanding = 1_000;

const kinds = ['control', 'sync', 'awareness'] as const;
export type MessageKind = (typeof kinds)[number];

export interface Message {
  readonly kind: MessageKind;
  /** Empty for control messages. */
  readonly document: string;
  readonly payload: Uint8Array;
}

const headBytes = 4;
const tailBytes = 4;
/** Names are a word, a scope or an id, and an instance. */
const maxNameBytes = 200;

/** What the server says first on an authenticated socket. */
export const welcomeSchema = z.strictObject({
  t: z.literal('welcome'),
  protocol: z.literal(protocolVersion),
  /** The server process; part of the feed's name. */
  instance: z.string(),
  scope: z.string(),
  epoch: z.int().min(1),
  seq: z.int().min(0),
  feed: z.string(),
  intents: z.string(),
});
export type Welcome = z.infer<typeof welcomeSchema>;

/** Why the server is about to close, with a code of the error table; after `rate_limited` also when to come back. */
export const goodbyeSchema = z.strictObject({
  t: z.literal('goodbye'),
  code: z.string(),
  /** Seconds. */
  retryAfter: z.int().min(0).optional(),
});

export const controlSchema = z.discriminatedUnion('t', [welcomeSchema, goodbyeSchema]);
export type Control = z.infer<typeof controlSchema>;

export function feedDocument(scope: string, instance: string): string {
  return `feed/${scope}/${instance}`;
}

export function intentsDocument(device: string): string {
  return `intents/${device}`;
}

/** The name of the Y.Array inside feed and intent documents; its items are JSON texts. */
export const listName = 'items';

export function encodeMessage({ kind, document, payload }: Message): Uint8Array {
  const size = headBytes + document.length + payload.length + tailBytes;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, protocolVersion);
  view.setUint8(1, kinds.indexOf(kind));
  view.setUint16(2, document.length);
  for (let index = 0; index < document.length; index++) bytes[headBytes + index] = document.charCodeAt(index);
  bytes.set(payload, headBytes + document.length);
  view.setUint32(size - tailBytes, crc32(bytes.subarray(0, size - tailBytes)));
  return bytes;
}

/** The message, or null where the bytes are damaged, too large or of another version. */
export function decodeMessage(bytes: Uint8Array): Message | null {
  if (bytes.length < headBytes + tailBytes || bytes.length > maxMessageBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - tailBytes;
  if (view.getUint8(0) !== protocolVersion || view.getUint32(end) !== crc32(bytes.subarray(0, end)))
    return null;
  const kind = kinds[view.getUint8(1)];
  const start = headBytes + view.getUint16(2);
  if (!kind || start > end || start > headBytes + maxNameBytes) return null;
  const document = String.fromCharCode(...bytes.subarray(headBytes, start));
  return { kind, document, payload: bytes.subarray(start, end) };
}

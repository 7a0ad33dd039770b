/**
 * The state file: what was verified is here, synced, before anything acts on it, so that a gateway that starts while the
 * server is away goes on exactly where it was and brings no revoked key back.
 */
import { hash } from 'node:crypto';
import { mkdir, open, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../../domain/errors.ts';
import { writeAll } from '../../domain/write-all.ts';
import type { Envelope } from '../../domain/wire/gateway.ts';
import { readIfThere, replaceFile } from './disk.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { holdFolder } from './lock.ts';
import { readLines, writeLines } from './lines.ts';
import { createRecords } from './records.ts';
import type { WritableRecords } from './records.ts';

/** Verified state: the records, and the envelope of the last answer that they are as of. */
export interface Held {
  readonly records: WritableRecords;
  readonly envelope: Envelope;
  readonly verifiedAt: number;
}

/** One verified answer. */
export interface Verified {
  readonly envelope: Envelope;
  readonly body: Buffer;
  readonly verifiedAt: number;
}

export interface Store {
  /** What is on disk: null where nothing is, or it was fetched with another token. @throws gateway_state_damaged */
  load(): Promise<Held | null>;
  saveSnapshot(answer: Verified): Promise<void>;
  appendChanges(answer: Verified): Promise<void>;
  /** Writes the state anew as one snapshot once the changes outweigh it; else does nothing. */
  compact(held: Held): Promise<void>;
  close(): Promise<void>;
}

const leastToCompact = 4 * 1024 * 1024;

/**
 * Holds the folder until closed.
 * @param token only its hash is stored: state goes with the token it was fetched with
 * @throws GatehouseError folder_in_use
 */
export async function openStore(
  folder: string,
  token: string,
  compactAfter = leastToCompact,
): Promise<Store> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const release = await holdFolder(folder);
  const path = join(folder, 'state.frames');
  const binding = hash('sha256', token, 'hex');
  let file: FileHandle | null = null;
  let snapshotBytes = 0;
  let changeBytes = 0;
  /** Whether a part of a frame that was given up may lie behind the last one. */
  let unsure = false;

  function frameOf({ envelope, body, verifiedAt }: Verified): Buffer {
    const header = { format: 1 as const, binding, envelope, verifiedAt, bytes: body.length };
    return encodeFrame({ header, body });
  }

  async function saveSnapshot(answer: Verified): Promise<void> {
    const frame = frameOf(answer);
    await file?.close();
    file = null;
    await replaceFile(path, [frame]);
    unsure = false;
    snapshotBytes = frame.length;
    changeBytes = 0;
  }

  async function appendChanges(answer: Verified): Promise<void> {
    file ??= await open(path, 'r+');
    const frame = frameOf(answer);
    const end = snapshotBytes + changeBytes;
    try {
      if (unsure) await file.truncate(end);
      unsure = true;
      await writeAll(file, frame, end);
      await file.datasync();
      unsure = false;
    } catch (error) {
      // Where that fails, too, the next append begins with it.
      await file.truncate(end).then(
        () => (unsure = false),
        () => undefined,
      );
      throw error;
    }
    changeBytes += frame.length;
  }

  async function compact({ records, envelope, verifiedAt }: Held): Promise<void> {
    if (changeBytes < Math.max(compactAfter, snapshotBytes)) return;
    const body = await writeLines(records);
    const sha256 = hash('sha256', body, 'hex');
    await saveSnapshot({ envelope: { ...envelope, prev: null, sha256 }, body, verifiedAt });
  }

  async function load(): Promise<Held | null> {
    const bytes = await readIfThere(path);
    if (!bytes) return null;
    const { frames, end } = decodeAll(bytes);
    const first = frames[0];
    if (first?.header.binding !== binding) return null;
    if (end < bytes.length) await truncate(path, end);
    snapshotBytes = encodeFrame(first).length;
    changeBytes = end - snapshotBytes;
    return rebuild(frames);
  }

  async function close(): Promise<void> {
    await file?.close();
    file = null;
    await release();
  }

  return { load, saveSnapshot, appendChanges, compact, close };
}

/** All whole frames, and where they end. */
function decodeAll(bytes: Buffer): { frames: Frame[]; end: number } {
  const frames: Frame[] = [];
  let end = 0;
  for (let read = decodeFrame(bytes, 0); read; read = decodeFrame(bytes, end)) {
    frames.push(read.frame);
    end = read.next;
  }
  return { frames, end };
}

/** The records after all frames. Each must continue the one before: a gap would be a lost change. */
async function rebuild(frames: readonly Frame[]): Promise<Held | null> {
  const records = createRecords();
  let last: Frame | null = null;
  for (const frame of frames) {
    const { envelope } = frame.header;
    const expected = last ? last.header.envelope.to : null;
    if (envelope.prev !== expected || (last && envelope.epoch !== last.header.envelope.epoch)) {
      throw new GatehouseError('gateway_state_damaged', {
        message: 'The state on this gateway’s disk is damaged: a change is missing.',
      });
    }
    await readLines(frame.body, (line) => {
      records.apply(line);
    });
    last = frame;
  }
  return last && { records, envelope: last.header.envelope, verifiedAt: last.header.verifiedAt };
}

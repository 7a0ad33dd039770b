/**
 * Entry of the process that owns PGlite. It blocks its thread for long moments, so it is nobody else's; it holds a lock
 * of its own on the copy, because it may outlive a killed desk by such a moment. One request at a time.
 */
import type { PGlite } from '@electric-sql/pglite';
import { failure, GatehouseError } from '../../../domain/errors.ts';
import { hasLessThan, privateFolder } from '../files.ts';
import { holdSoon, type Lock } from '../lock.ts';
import { applyFrames } from './apply.ts';
import { bootId } from './boot.ts';
import type { OwnerAnswer, OwnerCall, OwnerCalls, OwnerHandlers, OwnerRequest } from './calls.ts';
import { openDatabase } from './database.ts';
import {
  assignReplica,
  claimReplica,
  isVacant,
  markClean,
  nobody,
  removeReplica,
  replicaFolder,
} from './folder.ts';
import { standing } from './meta.ts';
import { parentPort } from './port.ts';
import { fillSearch } from './search.ts';
import { beginSnapshot, finishSnapshot, loadChunk, unpackChunk } from './snapshot.ts';
import { prepareTemplate, removeTemplate } from './template.ts';

/** How long the owner of a desk that was just killed may take to notice, in milliseconds. */
const patience = 15_000;
/** Bytes that a copy needs to open. With less it is not the copy that is broken. */
const room = 32 * 1024 * 1024;

interface Open {
  readonly db: PGlite;
  readonly dataDir: string;
  readonly owner: string;
  readonly boot: string;
}

let lock: Lock | null = null;
let current: Open | null = null;

function database(): PGlite {
  if (!current) throw new Error('the copy is not open');
  return current.db;
}

async function open(dataDir: string, owner: string, given: string | null): Promise<Open> {
  const boot = given ?? (await bootId(Date.now()));
  try {
    await claimReplica(dataDir, owner, boot);
    return { db: await openDatabase(replicaFolder(dataDir)), dataDir, owner, boot };
  } catch (cause) {
    if (await hasLessThan(room, dataDir)) {
      throw new GatehouseError('disk_full', {
        message: 'The disk is full; the copy cannot be opened.',
        cause,
      });
    }
    // It is only a copy: one that does not open is made anew, and what it was copied from as well.
    await removeReplica(dataDir);
    await removeTemplate(dataDir);
    await prepareTemplate(dataDir);
    await claimReplica(dataDir, owner, boot);
    return { db: await openDatabase(replicaFolder(dataDir)), dataDir, owner, boot };
  }
}

async function close(clean: boolean): Promise<null> {
  const closing = current;
  current = null;
  if (!closing) return null;
  await closing.db.close();
  if (clean) await markClean(closing.dataDir, closing.owner, closing.boot);
  else await removeReplica(closing.dataDir);
  return null;
}

async function ready(dataDir: string): Promise<void> {
  await privateFolder(dataDir);
  lock ??= await holdSoon(dataDir, 'replica', patience);
  await prepareTemplate(dataDir);
}

/** An empty copy, already open, for whoever signs in first. */
async function prepare({ dataDir, boot }: OwnerCalls['prepare']['input']): Promise<null> {
  await ready(dataDir);
  if (!current && (await isVacant(dataDir))) current = await open(dataDir, nobody, boot);
  return null;
}

async function openFor({ dataDir, owner, boot }: OwnerCalls['open']['input']): Promise<Open> {
  await ready(dataDir);
  if (current?.owner === nobody) {
    await assignReplica(dataDir, owner, current.boot);
    return { ...current, owner };
  }
  if (current && current.owner !== owner) await close(false);
  return current ?? open(dataDir, owner, boot);
}

/** Chunks are unpacked as they arrive, on other threads, while the one before is being stored. */
const unpacking = new WeakMap<OwnerCalls['load']['input'], ReturnType<typeof unpackChunk>>();

function isLoad(request: OwnerRequest): request is OwnerRequest<'load'> {
  return request.call === 'load';
}

function beginEarly(request: OwnerRequest): void {
  if (!isLoad(request)) return;
  const rows = unpackChunk(request.input.chunk, request.input.bytes);
  // Its turn will tell.
  rows.catch(() => undefined);
  unpacking.set(request.input, rows);
}

const handlers: OwnerHandlers = {
  prepare,
  open: async (input) => {
    current = await openFor(input);
    return standing(current.db);
  },
  standing: () => standing(database()),
  query: async ({ sql, binds }) => (await database().query(sql, [...binds])).rows,
  begin: (manifest) => beginSnapshot(database(), manifest),
  load: async (input) => {
    const rows = await (unpacking.get(input) ?? unpackChunk(input.chunk, input.bytes));
    return loadChunk(database(), input.snapshot, input.chunk, rows);
  },
  finish: (manifest) => finishSnapshot(database(), manifest),
  apply: (frames) => applyFrames(database(), frames),
  fill: async ({ limit }) => ({ searchable: await fillSearch(database(), limit) }),
  close: ({ clean }) => close(clean),
};

function dispatch<C extends OwnerCall>({ call, input }: OwnerRequest<C>): Promise<OwnerCalls[C]['output']> {
  return handlers[call](input);
}

/** A database that has panicked, as it does on a full disk, never answers again: another process may open the copy anew. */
async function endIfBroken(): Promise<void> {
  if (!current) return;
  const answers = await current.db.query('select 1').then(
    () => true,
    () => false,
  );
  if (!answers) process.exit(1);
}

async function answer(request: OwnerRequest): Promise<OwnerAnswer> {
  try {
    return { id: request.id, ok: true, value: await dispatch(request) };
  } catch (error) {
    await endIfBroken();
    const known = error instanceof GatehouseError ? error.failure : failure('replica_failed');
    return { id: request.id, ok: false, failure: known, detail: String(error) };
  }
}

const port = parentPort();
/** Reads go first: a page must not wait for all that is about to be stored. Each kind keeps its order. */
const reads: OwnerRequest[] = [];
const others: OwnerRequest[] = [];
let busy = false;

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (;;) {
    const next = reads.shift() ?? others.shift();
    if (!next) break;
    port.send(await answer(next));
    // Lets in what has arrived meanwhile: storing blocks this thread, and a read may be among it.
    await new Promise(setImmediate);
  }
  busy = false;
}

port.onMessage((message) => {
  // Only the parent that started this process can send; its table of calls is the same.
  const request = message as OwnerRequest<OwnerCall>;
  beginEarly(request);
  (request.call === 'query' ? reads : others).push(request);
  void work();
});
// A dead desk needs nothing more, and what was applied is applied: end at once, so that the next one may open.
port.onClose(() => process.exit(0));
// Ctrl+C reaches the whole group; the desk closes the copy in order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

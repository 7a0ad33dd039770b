/**
 * Entry of the process that owns PGlite. It blocks its thread for long moments, so it is nobody else's; it holds a lock
 * of its own on the copy, because it may outlive a killed desk by such a moment. One request at a time.
 */
import type { PGlite } from '@electric-sql/pglite';
import { failure, GatehouseError } from '../../../domain/errors.ts';
import { privateFolder } from '../files.ts';
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
import { prepareTemplate } from './template.ts';

/** How long the owner of a desk that was just killed may take to notice, in milliseconds. */
const patience = 15_000;

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

async function open(dataDir: string, owner: string): Promise<Open> {
  const boot = await bootId(Date.now());
  await claimReplica(dataDir, owner, boot);
  try {
    return { db: await openDatabase(replicaFolder(dataDir)), dataDir, owner, boot };
  } catch {
    // It is only a copy: one that does not open is made anew.
    await removeReplica(dataDir);
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
async function prepare(dataDir: string): Promise<null> {
  await ready(dataDir);
  if (!current && (await isVacant(dataDir))) current = await open(dataDir, nobody);
  return null;
}

async function openFor(dataDir: string, owner: string): Promise<Open> {
  await ready(dataDir);
  if (current?.owner === nobody) {
    await assignReplica(dataDir, owner, current.boot);
    return { ...current, owner };
  }
  if (current && current.owner !== owner) await close(false);
  return current ?? open(dataDir, owner);
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
  prepare: ({ dataDir }) => prepare(dataDir),
  open: async ({ dataDir, owner }) => {
    current = await openFor(dataDir, owner);
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

async function answer(request: OwnerRequest): Promise<OwnerAnswer> {
  try {
    return { id: request.id, ok: true, value: await dispatch(request) };
  } catch (error) {
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

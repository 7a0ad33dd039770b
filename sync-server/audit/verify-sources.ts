/** Verifies a whole database, or an export, which needs nothing but the file. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { auditEntrySchema, exportEndSchema, exportHeadSchema } from '../../domain/wire/audit.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Transaction } from 'kysely';
import type { Database, Db } from '../db/schema.ts';
import { beginning, type Attested } from './attested.ts';
import { readEntries } from './read.ts';
import { collectBreaks, type Breaks, type Report } from './report.ts';
import { createVerifier, type Verifier } from './verify.ts';

/** As it is at one moment: in one transaction, so that commits in between are no breaks. */
export function verifyDatabase(
  db: Db,
  attested: readonly Attested[],
  breaks = collectBreaks(),
): Promise<Report> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((trx) => verifyLog(trx, attested, breaks));
}

/** The same as a transaction sees it. */
export async function verifyLog(
  trx: Transaction<Database>,
  attested: readonly Attested[],
  breaks = collectBreaks(),
): Promise<Report> {
  const head = await trx.selectFrom('logHead').select(['seq', 'hash']).executeTakeFirstOrThrow();
  const verifier = createVerifier(beginning, attested, breaks);
  // Also what stands behind the head, should there be anything.
  for await (const entry of readEntries(trx, 1, Number.MAX_SAFE_INTEGER)) verifier.take(entry);
  return verifier.finish({ seq: head.seq, hash: head.hash.toString('hex') });
}

/**
 * Throws `audit_export_unreadable` for what is no export, or one that leaves entries out. One that does not begin with the
 * log is broken, unless `partial` says that it was asked for so.
 */
export function verifyExport(
  path: string,
  attested: readonly Attested[],
  options: ExportOptions = {},
): Promise<Report> {
  const input = createReadStream(path);
  return verifyLines(createInterface({ input, crlfDelay: Infinity }), attested, options);
}

export interface ExportOptions {
  readonly breaks?: Breaks;
  readonly partial?: boolean;
}

export async function verifyLines(
  lines: AsyncIterable<string> | Iterable<string>,
  attested: readonly Attested[],
  { breaks = collectBreaks(), partial = false }: ExportOptions,
): Promise<Report> {
  let verifier: Verifier | null = null;
  let ended: number | null = null;
  let entries = 0;
  let number = 0;
  let last = 0;
  for await (const line of lines) {
    number += 1;
    const value = parseLine(line);
    if (!verifier) {
      const head = exportHeadSchema.safeParse(value);
      if (!head.success || head.data.filtered) throw new GatehouseError('audit_export_unreadable');
      const { from, prev } = head.data;
      if (from > 1 && !partial) {
        const what = 'the export does not begin with the log';
        breaks.add({ kind: 'deleted', seq: 1, to: from - 1, what });
      }
      last = from - 1;
      verifier = createVerifier({ from, prev }, attested, breaks);
      continue;
    }
    const entry = auditEntrySchema.safeParse(value);
    const end = exportEndSchema.safeParse(value);
    if (entry.success && ended === null) {
      last = entry.data.seq;
      entries += 1;
      verifier.take(entry.data);
    } else if (end.success && ended === null) {
      ended = end.data.entries;
    } else {
      const what = `line ${number}, after entry ${last}, is no entry`;
      breaks.add({ kind: 'damaged', seq: last + 1, what });
    }
  }
  if (!verifier) throw new GatehouseError('audit_export_unreadable');
  if (ended !== entries) {
    const what =
      ended === null
        ? 'the export has no end: lines were cut off'
        : `it ends by saying that there are ${ended} entries`;
    breaks.add({ kind: 'truncated', seq: last + 1, what });
  }
  return verifier.finish(null);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

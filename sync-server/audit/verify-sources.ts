/** Verifies a whole database, or an export, which needs nothing but the file. */
import { createReadStream } from 'node:fs';
import {
  auditEntrySchema,
  exportEndSchema,
  exportHeadSchema,
  type ExportHead,
} from '../../domain/wire/audit.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { Transaction } from 'kysely';
import type { Database, Db } from '../db/schema.ts';
import { beginning, type Attested, type Start } from './attested.ts';
import { linesOf, readLine } from './export-lines.ts';
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
  return verifyLines(linesOf(createReadStream(path)), attested, options);
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
  const damaged = (what: string, seq = last + 1): void => breaks.add({ kind: 'damaged', seq, what });
  for await (const line of lines) {
    number += 1;
    const { value, exact } = readLine(line);
    const head = verifier ? undefined : exportHeadSchema.safeParse(value).data;
    const entry = auditEntrySchema.safeParse(value).data;
    const end = entry ? undefined : exportEndSchema.safeParse(value).data;
    if (!verifier) {
      if (line.trim() === '') {
        damaged(`line ${number} is empty`);
        continue;
      }
      if (!head && !entry && !end) throw new GatehouseError('audit_export_unreadable');
      if (!head) damaged(`line ${number} is no head: the beginning was cut off`);
      else last = head.from - 1;
      verifier = createVerifier(head ? startOf(head, partial, breaks) : beginning, attested, breaks);
    } else if (ended !== null || (!entry && !end)) {
      damaged(`line ${number}, after entry ${last}, is no entry`);
      continue;
    }
    if (!exact) {
      const what = 'is not written as an export writes it, so it may be read in two ways';
      damaged(`line ${number} ${what}`, entry?.seq);
    }
    if (entry) {
      last = entry.seq;
      entries += 1;
      verifier.take(entry);
    }
    if (end) ended = end.entries;
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

/** Where an export begins by its own words. Throws `audit_export_unreadable` where it leaves entries out. */
function startOf({ from, prev, filtered }: ExportHead, partial: boolean, breaks: Breaks): Start {
  if (filtered) throw new GatehouseError('audit_export_unreadable');
  if (from > 1 && !partial) {
    const what = 'the export does not begin with the log';
    breaks.add({ kind: 'deleted', seq: 1, to: from - 1, what });
  }
  return { from, prev };
}

/** Exports, as text in pieces: a page in memory, the next read once the one before was taken. */
import type { AuditEntry, AuditFilter, ExportEnd, ExportHead } from '../../domain/wire/audit.ts';
import type { Cause, Commit } from '../changelog/commit.ts';
import type { Db } from '../db/schema.ts';
import { beginning } from './attested.ts';
import { csvHead, csvLine } from './csv.ts';
import { lastErasure } from './erasures.ts';
import type { ResolvedFilter } from './filter.ts';
import { readItems } from './items.ts';
import { readEntries } from './read.ts';

export interface ExportOf {
  readonly filter: ResolvedFilter;
  /** The last entry of it: what is committed meanwhile is left to the next export. */
  readonly to: number;
  readonly now: string;
}

/** Notes in the log who exports what, and how far this export goes: with that very note. */
export async function beginExport(
  commit: Commit,
  asked: { readonly format: string; readonly filter: AuditFilter; readonly cause: Cause },
): Promise<Pick<ExportOf, 'to' | 'now'>> {
  const { format, filter, cause } = asked;
  return commit(async (change) => {
    change.event({ name: 'audit.exported', details: { format, filter }, cause });
    const { seq } = await change.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    return { to: seq + 1, now: change.now };
  });
}

const pageItems = 500;

/** With all columns of the chain, so that it can be verified without the server; unless a filter leaves entries out. */
export async function* exportNdjson(db: Db, { filter, to, now }: ExportOf): AsyncGenerator<string> {
  const filtered = Object.keys(filter).length > 0;
  const head: ExportHead = { export: 'gatehouse-audit', version: 1, ...beginning, filtered, at: now };
  yield jsonLine(head);
  let entries = 0;
  for await (const page of pagesOf(entriesUpTo(db, to, filter))) {
    entries += page.length;
    yield page.map(jsonLine).join('');
  }
  yield jsonLine({ end: true, entries });
}

/** Where somebody is erased meanwhile, it goes on to the entry that says so: else what is gone would look like a crime. */
async function* entriesUpTo(db: Db, to: number, filter: ResolvedFilter): AsyncGenerator<AuditEntry> {
  let from = 1;
  let end = to;
  for (;;) {
    yield* readEntries(db, from, end, filter);
    if ((await lastErasure(db)) < end) return;
    const { seq } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
    [from, end] = [end + 1, seq];
  }
}

/** Lines leave many at once: a piece for each would cost more than what it carries. */
async function* pagesOf(entries: AsyncIterable<AuditEntry>): AsyncGenerator<AuditEntry[]> {
  let page: AuditEntry[] = [];
  for await (const entry of entries) {
    page.push(entry);
    if (page.length < pageItems) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function jsonLine(value: AuditEntry | ExportHead | ExportEnd): string {
  return `${JSON.stringify(value)}\n`;
}

export async function* exportCsv(db: Db, { filter, to }: ExportOf): AsyncGenerator<string> {
  yield csvHead;
  let after = 0;
  for (;;) {
    const items = await readItems(db, filter, { after, limit: pageItems });
    const taken = items.filter(({ seq }) => seq <= to);
    if (taken.length > 0) yield taken.map(csvLine).join('');
    const last = taken.at(-1);
    if (!last || taken.length < pageItems) return;
    after = last.seq;
  }
}

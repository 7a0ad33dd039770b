/**
 * Pages of the audit, newest first. Two filters that each fit much may together fit little, and no index is made for every
 * pair of them. So the log is looked through in stretches; an answer that has taken its time says what was found and how far
 * it looked, and whoever asks goes on from there, as from the end of any page.
 */
import type { AuditItem, AuditPage } from '../../domain/wire/audit.ts';
import type { Db } from '../db/schema.ts';
import type { ResolvedFilter } from './filter.ts';
import { readItems } from './items.ts';

export interface SearchPage {
  /** Only entries before it. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface Pace {
  /** Milliseconds after which an answer begins no other stretch. */
  readonly patience: number;
  /** Entries of the first stretch. */
  readonly stretch: number;
}

const usual: Pace = { patience: 250, stretch: 10_000 };

/** Milliseconds that a stretch is to take; the next one is made longer or shorter for it, within these bounds. */
const aim = 80;
const [shrink, grow] = [1 / 8, 8];
/** What is quickly found to hold nothing may be followed by what is not. */
const [shortest, longest] = [1_000, 100_000];

/** A page may be shorter than asked for, or empty, and not be the last one: `next` is null there only. */
export async function searchPage(
  db: Db,
  filter: ResolvedFilter,
  { before, limit }: SearchPage,
  { patience, stretch }: Pace = usual,
): Promise<AuditPage> {
  const { seq: head } = await db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  const { fromSeq: lowest = 1, toSeq: highest = head } = filter;
  const items: AuditItem[] = [];
  const started = performance.now();
  /** All from here on was looked at. */
  let reached = Math.min(before ?? head + 1, highest + 1);
  let length = stretch;
  while (reached > lowest && items.length <= limit) {
    const began = performance.now();
    const from = Math.max(lowest, reached - length);
    const page = { before: reached, limit: limit + 1 - items.length };
    items.push(...(await readItems(db, { ...filter, fromSeq: from }, page)));
    reached = from;
    const now = performance.now();
    if (now - started >= patience) break;
    const factor = Math.min(grow, Math.max(shrink, aim / (now - began)));
    length = Math.min(longest, Math.max(Math.min(shortest, stretch), Math.ceil(length * factor)));
  }
  const shown = items.slice(0, limit);
  const more = items.length > limit ? (shown.at(-1)?.seq ?? null) : reached > lowest ? reached : null;
  return { items: shown, next: more };
}

/**
 * Verifies the chain, entry by entry: in constant memory, from the database or from an export alike. After a break it
 * goes on from the hash that is written there, so that each break is told where it is and not as all that comes after.
 */
import type { AuditEntry } from '../../domain/wire/audit.ts';
import { chainHash } from '../changelog/hash.ts';
import { compareCheckpoints, type Attested, type Start } from './attested.ts';
import { collectBreaks, type Breaks, type Report } from './report.ts';
import { checkSeals, erasureOf, headerOf } from './seals.ts';

/** Where whoever holds the log says that it ends; null where nobody says. */
export interface End {
  readonly seq: number;
  readonly hash: string | null;
}

export interface Verifier {
  take(entry: AuditEntry): void;
  finish(end: End | null): Report;
}

/** The entry before the next one. */
interface Last {
  readonly seq: number;
  readonly epoch: number;
  /** As it is written there, and as it should be; null where what should be cannot be known. */
  readonly hash: string;
  readonly right: string | null;
}

export function createVerifier(
  start: Start,
  attested: readonly Attested[],
  breaks = collectBreaks(),
): Verifier {
  const checkpoints = compareCheckpoints(attested, start, breaks);
  const erasures = followErasures(breaks);
  const gaps = followGaps(breaks);
  const notes: string[] = [];
  let entries = 0;
  let last: Last = { seq: start.from - 1, epoch: 1, hash: start.prev, right: start.prev };
  /** The last entry whose link was right. */
  let sound = { seq: last.seq, hash: last.hash };

  /** Whether the entry belongs right behind the last sound one, as after two have changed places. */
  function belongsEarlier(entry: AuditEntry): boolean {
    if (entry.seq <= sound.seq + 1) return false;
    const header = { ...headerOf(entry), seq: sound.seq + 1 };
    return chainHash(Buffer.from(sound.hash, 'hex'), header).toString('hex') === entry.hash;
  }

  function judge(entry: AuditEntry, contiguous: boolean): void {
    const { seq, hash } = entry;
    const header = headerOf(entry);
    const after = (prev: string): string => chainHash(Buffer.from(prev, 'hex'), header).toString('hex');
    const computed = after(last.hash);
    // Where the hash of the entry before was changed itself, its break is told already.
    const linked =
      !contiguous ||
      computed === hash ||
      (last.right !== null && last.right !== last.hash && after(last.right) === hash);
    const { wrong, erased } = checkSeals(entry);
    for (const part of erased) erasures.missing(entry, part);
    if (!linked) {
      if (belongsEarlier(entry)) {
        const what = 'entries have changed places';
        breaks.replace(sound.seq + 1, { kind: 'reordered', seq: sound.seq + 1, to: seq, what });
      } else {
        const what = 'the entry is not the one that was sealed, or another was put before it';
        breaks.add({ kind: 'mutated', seq, what });
      }
    } else if (wrong.length > 0) {
      breaks.add({ kind: 'mutated', seq, what: `not what was sealed: ${wrong.join(', ')}` });
    }
    if (linked) sound = { seq, hash };
    last = { seq, epoch: entry.epoch, hash, right: contiguous ? computed : null };
  }

  return {
    take(entry) {
      entries += 1;
      const { seq, epoch } = entry;
      if (seq < start.from) {
        const what = 'the entry stands before the one that it is said to begin with';
        return breaks.add({ kind: 'reordered', seq, what });
      }
      if (seq <= last.seq) return gaps.late(seq);
      const contiguous = seq === last.seq + 1;
      if (!contiguous) gaps.open(last.seq + 1, seq - 1);
      if (epoch > last.epoch && entries > 1) {
        notes.push(`note: epoch ${epoch} begins at ${seq}: the server was restored from a backup`);
        if (entry.action !== 'backup.restored') {
          breaks.add({ kind: 'forked', seq, what: 'a new epoch begins without a restore' });
        }
      }
      if (epoch < last.epoch) {
        breaks.add({ kind: 'forked', seq, what: 'the epoch goes back, which no server does' });
      }
      judge(entry, contiguous);
      erasures.told(entry);
      checkpoints.passed(entry);
    },
    finish(end) {
      gaps.finish();
      erasures.finish();
      if (end && end.seq > last.seq) {
        const what = 'the log goes on, but the entries are not there';
        breaks.add({ kind: 'truncated', seq: last.seq + 1, to: end.seq, what });
      } else if (end && (end.seq < last.seq || (end.hash !== null && end.hash !== last.hash))) {
        breaks.add({ kind: 'mutated', seq: end.seq, what: 'the head does not name the last entry' });
      }
      const { agreed, upTo, notes: told } = checkpoints.finish(last);
      return {
        ok: breaks.list().broken === 0,
        entries,
        from: start.from,
        to: last.seq,
        erased: erasures.count(),
        checkpoints: agreed,
        attested: upTo,
        ...breaks.list(),
        notes: [...notes, ...told],
      };
    },
  };
}

interface Gaps {
  open(from: number, to: number): void;
  /** An entry that comes after later ones. */
  late(seq: number): void;
  finish(): void;
}

/** What is missing may still turn up at a later place: so it is told at the end. */
function followGaps(breaks: Breaks): Gaps {
  const open: { readonly from: number; readonly to: number; found: number }[] = [];
  return {
    open: (from, to) => open.push({ from, to, found: 0 }),
    late(seq) {
      const gap = open.find(({ from, to }) => seq >= from && seq <= to);
      if (gap) gap.found += 1;
      else breaks.add({ kind: 'reordered', seq, what: 'the entry is there twice' });
    },
    finish() {
      for (const { from, to, found } of open) {
        const all = found === to - from + 1;
        const what = all ? 'the entries stand at a later place' : 'the entries are not there';
        breaks.add({ kind: all ? 'reordered' : 'deleted', seq: from, to, what });
      }
    },
  };
}

interface Erasures {
  missing(entry: AuditEntry, part: 'payload' | 'context'): void;
  /** Notes what an entry tells of an erasure. */
  told(entry: AuditEntry): void;
  count(): number;
  finish(): void;
}

/** What is gone has to be named by an erasure that the chain itself tells of, at a later place. */
function followErasures(breaks: Breaks): Erasures {
  const missing = { payload: new Set<number>(), context: new Set<number>() };
  let total = 0;
  return {
    missing({ seq }, part) {
      total += 1;
      missing[part].add(seq);
    },
    told(entry) {
      const { payloads, contexts } = erasureOf(entry);
      for (const seq of payloads) missing.payload.delete(seq);
      for (const seq of contexts) missing.context.delete(seq);
    },
    count: () => total,
    finish() {
      for (const part of ['payload', 'context'] as const) {
        for (const seq of missing[part]) {
          breaks.add({ kind: 'wiped', seq, what: `the ${part} is gone, and no erasure says so` });
        }
      }
    },
  };
}

/** Compares the log with what checkpoints attest. They are kept where whoever can rewrite the database cannot. */
import type { AuditEntry } from '../../domain/wire/audit.ts';
import type { Breaks } from './report.ts';

/** Where a log, or a part of it, begins. */
export interface Start {
  /** The first entry that there should be, and the hash of the one before it. */
  readonly from: number;
  readonly prev: string;
}

export const beginning: Start = { from: 1, prev: '0'.repeat(64) };

/** What a checkpoint, whose signature was found right, says. */
export interface Attested {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

export interface Comparison {
  passed(entry: Pick<AuditEntry, keyof Attested>): void;
  finish(last: { readonly seq: number; readonly epoch: number }): {
    readonly agreed: number;
    readonly upTo: number;
    readonly notes: readonly string[];
  };
}

export function compareCheckpoints(all: readonly Attested[], start: Start, breaks: Breaks): Comparison {
  const before = start.from - 1;
  const waiting = all.filter(({ seq }) => seq >= before).toSorted((a, b) => a.seq - b.seq);
  const notes: string[] = [];
  let next = 0;
  let agreed = 0;
  let upTo = 0;
  /** Checkpoints of an earlier epoch that the log of a later one does not contain. */
  const givenUp: Attested[] = [];
  /** Those of a later epoch than the entry there: right only where a still later restore has given them up. */
  const unsettled: { readonly checkpoint: Attested; readonly from: number }[] = [];

  function compare(checkpoint: Attested, epoch: number, hash: string): void {
    if (checkpoint.epoch === epoch && checkpoint.hash === hash) {
      agreed += 1;
      upTo = checkpoint.seq;
    } else if (checkpoint.epoch < epoch) {
      if (checkpoint.hash !== hash) givenUp.push(checkpoint);
    } else if (checkpoint.epoch > epoch) {
      unsettled.push({ checkpoint, from: upTo + 1 });
    } else {
      fork(checkpoint, upTo + 1);
    }
  }

  function fork({ seq }: Attested, from: number): void {
    const what = 'another history than the checkpoint of this entry attests was written, in this range';
    breaks.add({ kind: 'forked', seq: Math.min(from, seq), to: seq, what });
  }

  function reach(seq: number, epoch: number, hash: string): void {
    for (let one = waiting[next]; one && one.seq <= seq; one = waiting[next]) {
      next += 1;
      // Where an entry is missing there is a break of its own.
      if (one.seq === seq) compare(one, epoch, hash);
    }
  }

  // The empty log is the same in every epoch.
  reach(before, before === 0 ? 1 : (waiting[0]?.epoch ?? 1), start.prev);
  return {
    passed: ({ seq, epoch, hash }) => {
      reach(seq, epoch, hash);
    },
    finish(last) {
      const beyond = waiting.slice(next);
      const ours = beyond.filter(({ epoch }) => epoch >= last.epoch);
      const furthest = ours.at(-1);
      if (furthest) {
        const what = 'a checkpoint attests entries that are not there';
        breaks.add({ kind: 'truncated', seq: last.seq + 1, to: furthest.seq, what });
      }
      for (const { checkpoint, from } of unsettled) {
        if (checkpoint.epoch < last.epoch) givenUp.push(checkpoint);
        else fork(checkpoint, from);
      }
      givenUp.push(...beyond.filter(({ epoch }) => epoch < last.epoch));
      const latest = givenUp.toSorted((a, b) => a.epoch - b.epoch || a.seq - b.seq).at(-1);
      if (latest) {
        const { epoch, seq } = latest;
        if (!all.some((checkpoint) => checkpoint.epoch === last.epoch)) {
          const what = `no checkpoint of epoch ${last.epoch} attests that it replaced what those of epoch ${epoch} attest; a server that starts on a restored database makes one`;
          breaks.add({ kind: 'forked', seq: Math.min(upTo + 1, seq), to: seq, what });
        }
        notes.push(
          `note: a checkpoint attests epoch ${epoch} up to ${seq}; the restore to epoch ${last.epoch} gave up what the backup lacked`,
        );
      }
      if (all.length === 0) {
        notes.push(
          'note: without checkpoints a history that was rewritten as a whole, or cut at its end, is not noticed',
        );
      }
      return { agreed, upTo, notes };
    },
  };
}

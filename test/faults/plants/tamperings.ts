/** Faults that tamperings bring to light. */
import type { Plant } from '../plant.ts';

const check = 'audit-tampered';

export const tamperingPlants: readonly Plant[] = [
  {
    fault: 'the hash does not cover what was done',
    file: 'sync-server/changelog/hash.ts',
    find: '    header.action,\n',
    replace: '',
    check,
  },
  {
    fault: 'the hash does not cover the actor',
    file: 'sync-server/changelog/hash.ts',
    find: '    header.actor,\n',
    replace: '',
    check,
  },
  {
    fault: 'fields are hashed without their lengths',
    file: 'sync-server/changelog/hash.ts',
    find: 'return Buffer.concat([length, bytes]);',
    replace: 'return bytes;',
    check,
  },
  {
    fault: 'a line of an export may be read in two ways',
    file: 'sync-server/audit/export-lines.ts',
    find: 'exact: JSON.stringify(value) === text',
    replace: 'exact: true',
    check,
  },
  {
    fault: 'payloads are not compared with their digests',
    alone: true,
    file: 'sync-server/audit/seals.ts',
    find: "judge('payload', sealHolds",
    replace: "void ('payload', sealHolds",
    check,
  },
  {
    fault: 'what is gone is taken for erased',
    file: 'sync-server/audit/verify.ts',
    find: 'missing[part].add(seq);',
    replace: '',
    check,
  },
  {
    fault: 'entries that are missing are not noticed',
    file: 'sync-server/audit/verify.ts',
    find: 'if (!contiguous) gaps.open(last.seq + 1, seq - 1);',
    replace: '',
    check,
  },
  {
    fault: 'entries that come too late are passed over',
    file: 'sync-server/audit/verify.ts',
    find: 'if (seq <= last.seq) return gaps.late(seq);',
    replace: 'if (seq <= last.seq) return;',
    check,
  },
  {
    fault: 'checkpoints are not compared with the log',
    file: 'sync-server/audit/attested.ts',
    find: 'if (one.seq === seq) compare(one, epoch, hash);',
    replace: '',
    check,
  },
  {
    fault: 'a log that ends before its last checkpoint passes',
    file: 'sync-server/audit/attested.ts',
    find: 'if (furthest) {',
    replace: 'if (furthest && furthest.seq < 0) {',
    check,
  },
  {
    fault: 'an epoch that was raised by hand silences the checkpoints',
    file: 'sync-server/audit/attested.ts',
    find: 'if (!all.some((checkpoint) => checkpoint.epoch === last.epoch)) {',
    replace: 'if (all.length < 0) {',
    check,
  },
  {
    fault: 'signatures of checkpoints are not verified',
    file: 'sync-server/audit/checkpoint-read.ts',
    find: '!trusted || !signatureHolds(checkpoint)',
    replace: '!trusted',
    check,
  },
  {
    fault: 'a checkpoint that was taken out is not missed',
    file: 'sync-server/audit/checkpoint-read.ts',
    find: 'prev === null ? seen.size > 0 : !seen.has(prev)',
    replace: 'prev === ""',
    check,
  },
  {
    fault: 'an export without its end passes',
    file: 'sync-server/audit/verify-sources.ts',
    find: 'if (ended !== entries) {',
    replace: 'if (ended !== null && ended !== entries) {',
    check,
  },
  {
    fault: 'an export may begin anywhere',
    file: 'sync-server/audit/verify-sources.ts',
    find: 'if (from > 1 && !partial) {',
    replace: 'if (from < 1 && !partial) {',
    check,
  },
];

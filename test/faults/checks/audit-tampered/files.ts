/** Tampering by somebody who may write an export or the file of checkpoints. */
import { z } from 'zod';
import { auditEntrySchema, checkpointSchema } from '../../../../domain/wire/audit.ts';
import { canonicalJson } from '../../../../domain/canonical.ts';
import { headerOf } from '../../../../sync-server/audit/seals.ts';
import { chainHash } from '../../../../sync-server/changelog/hash.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { bent, type TamperLines } from './tampering.ts';

const lineSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** A line with one member changed. */
function bentLine(line: string, random: Random): { readonly line: string; readonly member: string } {
  const value = lineSchema.parse(JSON.parse(line));
  const members = Object.keys(value);
  const member = members[random.below(members.length)] ?? '';
  const old = value[member] ?? null;
  const changed =
    typeof old === 'number'
      ? old + 1
      : typeof old === 'string'
        ? bent(old, random)
        : typeof old === 'boolean'
          ? !old
          : '77';
  return { line: JSON.stringify({ ...value, [member]: changed }), member };
}

/** Line `n` of an export is entry `n`: the head is line 0, the end the last. */
function entryOf(lines: readonly string[], random: Random): number {
  return 1 + random.below(lines.length - 2);
}

const mutate: TamperLines = (lines, random) => {
  const seq = entryOf(lines, random);
  const { line, member } = bentLine(lines[seq] ?? '', random);
  lines[seq] = line;
  return { what: `export: ${member} changed`, from: seq, to: seq };
};

const remove: TamperLines = (lines, random) => {
  const seq = entryOf(lines, random);
  lines.splice(seq, 1);
  return { what: 'export: deleted', from: seq, to: seq };
};

const repeat: TamperLines = (lines, random) => {
  const seq = entryOf(lines, random);
  lines.splice(entryOf(lines, random) + 1, 0, lines[seq] ?? '');
  return { what: 'export: repeated', from: seq, to: seq };
};

const swap: TamperLines = (lines, random) => {
  const [one, other] = [entryOf(lines, random), entryOf(lines, random)];
  if (one === other) return null;
  [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
  return { what: 'export: changed places', from: Math.min(one, other), to: Math.max(one, other) };
};

const cut: TamperLines = (lines, random) => {
  const head = lines.length - 2;
  const seq = entryOf(lines, random);
  const [end = ''] = lines.splice(seq).slice(-1);
  const told = random.below(3);
  if (told === 1) lines.push(end);
  if (told === 2) lines.push(JSON.stringify({ end: true, entries: seq - 1 }));
  return { what: 'export: cut off', from: seq, to: head, consistent: told === 2 };
};

/** The beginning is taken away, and the head says that it was asked for so. */
const behead: TamperLines = (lines, random) => {
  const first = 1 + entryOf(lines, random);
  const before = auditEntrySchema.parse(JSON.parse(lines[first - 1] ?? ''));
  const head = lineSchema.parse(JSON.parse(lines[0] ?? ''));
  lines.splice(0, first, JSON.stringify({ ...head, from: first, prev: before.hash }));
  const { entries } = z.object({ entries: z.number() }).parse(JSON.parse(lines.at(-1) ?? ''));
  lines[lines.length - 1] = JSON.stringify({ end: true, entries: entries - first + 1 });
  return { what: 'export: beginning cut off', from: 1, to: first - 1 };
};

/** The head goes with it. */
const decapitate: TamperLines = (lines, random) => {
  const first = 1 + entryOf(lines, random);
  lines.splice(0, first);
  return { what: 'export: beginning cut off with its head', from: 1, to: first - 1 };
};

/** Whoever takes the first of two reads another thing than whoever takes the last. */
const ambiguous: TamperLines = (lines, random) => {
  const seq = entryOf(lines, random);
  const { line, member } = bentLine(lines[seq] ?? '', random);
  const changed = JSON.stringify({ [member]: lineSchema.parse(JSON.parse(line))[member] });
  lines[seq] = `${changed.slice(0, -1)},${(lines[seq] ?? '').slice(1)}`;
  return { what: `export: ${member} twice`, from: seq, to: seq };
};

const garble: TamperLines = (lines, random) => {
  const seq = entryOf(lines, random);
  lines[seq] = (lines[seq] ?? '').slice(0, -1 - random.below(50));
  return { what: 'export: garbled', from: seq, to: seq };
};

const fork: TamperLines = (lines, random) => {
  const head = lines.length - 2;
  const from = entryOf(lines, random);
  let hash = Buffer.from(lines[from - 1]?.match(/"hash":"([0-9a-f]{64})"/)?.[1] ?? '0'.repeat(64), 'hex');
  for (let seq = from; seq <= head; seq++) {
    const old = auditEntrySchema.parse(JSON.parse(lines[seq] ?? ''));
    const entry = seq === from ? { ...old, actor: `${old.actor}!` } : old;
    hash = Buffer.from(chainHash(hash, headerOf(entry)));
    lines[seq] = JSON.stringify({ ...entry, hash: hash.toString('hex') });
  }
  return { what: 'export: another history', from, to: head, consistent: true };
};

export const exportTamperings = [
  mutate,
  mutate,
  mutate,
  remove,
  repeat,
  swap,
  cut,
  behead,
  decapitate,
  ambiguous,
  garble,
  fork,
] as const;

/** Checkpoints are found at the entries that they attest. */
function placeOf(line: string): { readonly from: number; readonly to: number } {
  const { seq } = checkpointSchema.parse(JSON.parse(line));
  return { from: 0, to: seq };
}

const mutateCheckpoint: TamperLines = (lines, random) => {
  const index = random.below(lines.length);
  const old = lines[index] ?? '';
  const { line, member } = bentLine(old, random);
  lines[index] = line;
  const { to } = placeOf(old);
  return { what: `checkpoint: ${member} changed`, from: 0, to: to + 1 };
};

const removeCheckpoint: TamperLines = (lines, random) => {
  const index = random.below(lines.length - 1);
  const [gone = ''] = lines.splice(index, 1);
  const next = placeOf(lines[index] ?? gone);
  return { what: 'checkpoint: taken out', from: placeOf(gone).from, to: next.to };
};

const swapCheckpoints: TamperLines = (lines, random) => {
  const index = random.below(lines.length - 1);
  const [one = '', other = ''] = lines.slice(index, index + 2);
  lines.splice(index, 2, other, one);
  return { what: 'checkpoint: changed places', from: 0, to: placeOf(other).to };
};

/** A checkpoint that fits a forged log, by whoever has no key. */
const unsigned: TamperLines = (lines, random) => {
  const index = random.below(lines.length);
  const old = checkpointSchema.parse(JSON.parse(lines[index] ?? ''));
  lines[index] = canonicalJson({ ...old, hash: bent(old.hash, random) });
  return { what: 'checkpoint: forged', from: 0, to: old.seq };
};

export const checkpointTamperings = [mutateCheckpoint, removeCheckpoint, swapCheckpoints, unsigned] as const;

/** Reads checkpoints for a verification: only those that hold are compared with the log. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../domain/wire/audit.ts';
import type { Attested } from './attested.ts';
import { lineDigest, readCheckpoint, signatureHolds } from './checkpoint-line.ts';
import type { Breaks } from './report.ts';

export interface CheckpointsRead {
  readonly attested: readonly Attested[];
  /** Hex public keys that signed them. */
  readonly keys: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Those of a file, or of all `*.log` in a folder. `keys`: hex public keys that may sign; empty for whichever key the lines
 * name, which then has to be the same everywhere.
 */
export async function readCheckpoints(
  path: string,
  keys: readonly string[],
  breaks: Breaks,
): Promise<CheckpointsRead> {
  const files = (await stat(path)).isDirectory()
    ? (await readdir(path)).filter((name) => name.endsWith('.log')).map((name) => join(path, name))
    : [path];
  const attested: Attested[] = [];
  const met = new Set<string>();
  const notes: string[] = [];
  for (const file of files.toSorted()) {
    const held = checkFile(await readFile(file, 'utf8'), keys, breaks, notes);
    attested.push(...held);
    for (const { key } of held) met.add(key);
    if (held.length === 0) {
      breaks.add({ kind: 'checkpoint_missing', seq: 0, what: `${file} holds no checkpoint that counts` });
    }
  }
  if (files.length === 0) {
    breaks.add({ kind: 'checkpoint_missing', seq: 0, what: `${path} holds no file of checkpoints (*.log)` });
  }
  if (keys.length === 0 && met.size > 1) {
    const what = 'the checkpoints are signed by several keys: say by --public-key which are yours';
    breaks.add({ kind: 'signature', seq: attested[0]?.seq ?? 0, what });
  }
  return { attested, keys: [...met], notes };
}

/** The checkpoints of one file's text that hold. */
export function checkFile(
  text: string,
  keys: readonly string[],
  breaks: Breaks,
  notes: string[],
): Checkpoint[] {
  // A copy may have come by Windows.
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const seen = new Set<string>();
  let seq = 0;
  return lines.flatMap((line, index) => {
    const place = `line ${index + 1}`;
    const checkpoint = readCheckpoint(line);
    if (!checkpoint) {
      // A crash leaves the beginning of a line, which no later line builds on.
      if (isTorn(line)) notes.push(`note: checkpoint, ${place}: it was left half written`);
      else breaks.add({ kind: 'damaged', seq, what: `checkpoint, ${place}: it cannot be read` });
      return [];
    }
    seq = checkpoint.seq;
    const { prev, key } = checkpoint;
    const trusted = keys.length === 0 || keys.includes(key);
    if (!trusted || !signatureHolds(checkpoint)) {
      const why = trusted ? 'its signature is wrong' : 'it is signed by another key';
      breaks.add({ kind: 'signature', seq, what: `checkpoint, ${place}: ${why}` });
      return [];
    }
    if (prev === null ? seen.size > 0 : !seen.has(prev)) {
      const what = `checkpoint, ${place}: the one that it builds on is not there`;
      breaks.add({ kind: 'checkpoint_missing', seq, what });
    }
    const digest = lineDigest(line);
    if (seen.has(digest)) {
      notes.push(`note: checkpoint, ${place}: it is there twice`);
      return [];
    }
    seen.add(digest);
    return [checkpoint];
  });
}

const lineBegins = '{"at":"';

/** As a crash leaves one: it begins as lines do, or not even that came to the disk. */
function isTorn(line: string): boolean {
  const written = line.replace(/\0+$/, '');
  return !written.endsWith('}') && (written.startsWith(lineBegins) || lineBegins.startsWith(written));
}

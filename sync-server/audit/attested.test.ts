/** Checkpoints of several restores, held against the log that is left. */
import { expect, it } from 'vitest';
import { beginning, compareCheckpoints, type Attested } from './attested.ts';
import { collectBreaks } from './report.ts';

/** An entry of an epoch; `branch` tells apart what was written there by others. */
const entry = (epoch: number, seq: number, branch = ''): Attested => ({
  epoch,
  seq,
  hash: `${epoch}:${seq}${branch}`,
});

function compare(log: readonly Attested[], checkpoints: readonly Attested[]) {
  const breaks = collectBreaks();
  const comparison = compareCheckpoints(checkpoints, beginning, breaks);
  for (const one of log) comparison.passed(one);
  const { agreed, notes } = comparison.finish(log.at(-1) ?? entry(1, 0));
  return { agreed, notes, breaks: breaks.list().breaks.map(({ kind, seq, to }) => [kind, seq, to]) };
}

const first = [1, 2, 3, 4].map((seq) => entry(1, seq));
/** A backup of 2 was restored as epoch 2, and then one of 4 as epoch 3. */
const older = [...first.slice(0, 2), entry(2, 3), entry(2, 4)];
const newer = [...first, entry(3, 5)];

it('a backup that is newer than what was restored before it gives up that restore, and is no fork', () => {
  const checkpoints = [entry(1, 2), entry(1, 4), entry(2, 4), entry(3, 5)];
  expect(compare(newer, checkpoints)).toEqual({
    agreed: 3,
    notes: [
      'note: a checkpoint attests epoch 2 up to 4; the restore to epoch 3 gave up what the backup lacked',
    ],
    breaks: [],
  });
});

it('the same is a fork where no checkpoint says that it was restored, or no later epoch does', () => {
  const checkpoints = [entry(1, 2), entry(2, 4)];
  expect(compare(newer, checkpoints).breaks).toEqual([['forked', 3, 4]]);
  expect(compare(first, checkpoints).breaks).toEqual([['forked', 3, 4]]);
  // What was restored is there, and was then written anew.
  expect(compare([...older.slice(0, 3), entry(2, 4, '!')], checkpoints).breaks).toEqual([['forked', 3, 4]]);
});

it('a restore of an older backup gives up what that lacked', () => {
  const checkpoints = [entry(1, 2), entry(1, 4), entry(2, 4)];
  expect(compare(older, checkpoints)).toMatchObject({ agreed: 2, breaks: [] });
  expect(compare(older, checkpoints.slice(0, 2)).breaks).toEqual([['forked', 3, 4]]);
});

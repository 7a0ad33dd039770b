/** Role × route × document × opcode × decision: nobody sees or writes what is not theirs. */
import { tryDecisions } from '../../rights/decision-cells.ts';
import { tryHidden } from '../../rights/hidden-cells.ts';
import { tryRoutes } from '../../rights/http-cells.ts';
import { trySync } from '../../rights/sync-cells.ts';
import { openWorld } from '../../rights/world.ts';
import { collectFindings, type Check } from '../check.ts';

/** There are as many as the tables have; these are only for who waits. */
const about = 1_600;

export const rightsMatrix: Check = {
  name: 'rights-matrix',
  property: 'Nobody sees or writes what is not theirs, and what they may not see is as if it were not there.',
  unit: 'cells',
  cases: about,
  few: about,
  async run({ progress }) {
    const findings = collectFindings();
    const world = await openWorld();
    let cells = 0;
    try {
      for (const tryAll of [tryRoutes, tryHidden, tryDecisions, trySync]) {
        cells += await tryAll(world, findings);
        progress(cells);
      }
      return findings.tally(cells);
    } finally {
      await world.close();
    }
  },
};

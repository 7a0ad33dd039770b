/** How soon an admin who is online sees what became of a decision: from the call to nothing being on its way any more. */
import { settled } from '../../main/core/testing/desk.ts';
import { createTestPortal } from '../../sync-server/decisions/testing.ts';
import { onDeskApart } from './desk-apart.ts';
import { percentile, type Measurement } from './measure.ts';

const section = 'decisions';
const count = 300;

export const measureDecisions: Measurement = ({ say }) =>
  onDeskApart(
    (commit) => createTestPortal(commit, count),
    async (desk, _whole, portal) => {
      say(`decisions: ${count} of them, one after the other`);
      const samples: number[] = [];
      for (const { developer } of portal.requests) {
        const start = performance.now();
        await desk.ask('decide', {
          action: 'approve',
          targets: [{ kind: 'developer', id: developer.id }],
          reason: null,
        });
        await desk.until(settled);
        samples.push(performance.now() - start);
      }
      const chart = 'decision → outcome, online';
      return [
        { section, what: 'decision → outcome, p50', value: percentile(samples, 0.5), unit: 'ms', chart },
        {
          section,
          what: 'decision → outcome, p95',
          value: percentile(samples, 0.95),
          unit: 'ms',
          target: { at: 200, is: 'most' },
          chart,
        },
      ];
    },
  );

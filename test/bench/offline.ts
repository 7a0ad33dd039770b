/** Ten thousand decisions made without a network: how soon they show, and how soon all have their outcome. */
import { maxSelection, type QueueFilter } from '../../domain/desk/api.ts';
import type { Status } from '../../domain/desk/rows.ts';
import { settled } from '../../main/core/testing/desk.ts';
import { createTestPortal } from '../../sync-server/decisions/testing.ts';
import { onDeskApart } from './desk-apart.ts';
import type { Measurement } from './measure.ts';

const section = 'offline';
const filter: QueueFilter = { kinds: ['developer'], states: ['pending'], portalId: null, search: '' };
const isOffline = ({ sync }: Status): boolean => sync.state === 'offline';

export const measureOffline: Measurement = ({ say }) =>
  onDeskApart(
    (commit) => createTestPortal(commit, maxSelection),
    async (desk, whole) => {
      const { refs } = await desk.ask('queue.select', { filter });
      await whole.cable.cut();
      await desk.until(isOffline);
      say(`offline: deciding ${refs.length}`);
      const deciding = performance.now();
      await desk.ask('decide', { action: 'approve', targets: [...refs], reason: null });
      const { rows } = await desk.ask('queue.page', { filter, after: null, limit: 50 });
      const shown = performance.now() - deciding;
      if (!rows.every(({ pending }) => pending?.action === 'approve'))
        throw new Error('not shown as pending');

      await whole.cable.mend();
      const mended = performance.now();
      await desk.until((status) => !isOffline(status));
      const connected = performance.now();
      say(`offline: connected again after ${Math.round(connected - mended)} ms`);
      await desk.until(settled);
      const settledAt = performance.now();
      const { total } = await desk.ask('attention.list', {});
      if (total > 0) throw new Error(`${total} decisions did not go through`);
      const chart = '10,000 decisions made offline';
      return [
        {
          section,
          what: 'journalled and shown',
          value: shown,
          unit: 'ms',
          target: { at: 1_000, is: 'most' },
          chart,
        },
        {
          section,
          what: 'all outcomes, from the reconnect',
          value: settledAt - connected,
          unit: 'ms',
          target: { at: 5_000, is: 'most' },
          chart,
        },
        { section, what: 'reconnect, from the return of the network', value: connected - mended, unit: 'ms' },
      ];
    },
  );

import { expect, it } from 'vitest';
import { createFakeDesk } from '../testing/fake-desk.ts';
import { createBrowser } from './browser.svelte.ts';
import { queue } from './route.svelte.ts';

it('ticks nothing of a list that is not shown any more once the desk has answered', async () => {
  const browser = createBrowser(createFakeDesk({ latency: 20 }), queue, () => {});
  const asking = browser.selectAll();
  browser.narrow({ kinds: ['developer'] });
  expect(await asking).toBeNull();
  expect(browser.selection.size).toBe(0);

  expect(await browser.selectAll()).toBeNull();
  expect(new Set(browser.selection.refs.map(({ kind }) => kind))).toEqual(new Set(['developer']));
});

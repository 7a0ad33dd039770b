import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { open } from '../testing/open.ts';
import { createScene } from '../testing/scenes.ts';
import Catalog from './Catalog.svelte';
import { byTag, untagged } from './operations.ts';
import ProductPage from './ProductPage.svelte';

describe('the catalog', () => {
  it('shows what is public without signing in, and the rest after', async () => {
    await open(createScene('out'), Catalog);
    await screen.findByRole('link', { name: 'Weather' });
    expect(screen.queryByRole('link', { name: 'Maps' })).toBeNull();
    document.body.replaceChildren();
    await open(createScene('full'), Catalog);
    expect(await screen.findByRole('link', { name: 'Maps' })).toBeTruthy();
  });

  it('is searched as one types', async () => {
    await open(createScene('full'), Catalog);
    await screen.findByRole('link', { name: 'Maps' });
    await fireEvent.input(screen.getByRole('searchbox', { name: 'Search APIs' }), {
      target: { value: 'border' },
    });
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Maps' })).toBeNull());
    expect(screen.getByRole('link', { name: 'Customs declarations' })).toBeTruthy();
  });

  it('says that nothing matches, and how to see all', async () => {
    await open(createScene('full'), Catalog, { query: { q: 'zebra' } });
    expect(await screen.findByRole('heading', { name: 'Nothing matches “zebra”' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show all APIs' }));
    expect(await screen.findByRole('link', { name: 'Weather' })).toBeTruthy();
  });
});

describe('a version', () => {
  async function show(scene: string, place: number | null, offer = 0) {
    const server = createScene(scene);
    const found = server.world.offers[offer];
    const version = place === null ? '' : (found?.versions[place]?.id ?? '');
    await open(server, ProductPage, { params: { product: found?.product.id ?? '', version } });
  }

  it('is the latest one where none is named, with its documents', async () => {
    await show('full', null);
    expect(await screen.findByRole('heading', { level: 2, name: 'Getting started' })).toBeTruthy();
    expect(screen.getByText('Latest version')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'What changed in v2' }).getAttribute('href')).toContain(
      '?doc=changes',
    );
  });

  it('has a Register button where registration is open and somebody is signed in', async () => {
    await show('full', 1);
    expect((await screen.findByRole('link', { name: 'Register' })).getAttribute('href')).toMatch(
      /\/register$/,
    );
  });

  it('asks to sign in first where nobody is', async () => {
    await show('out', 1);
    const link = await screen.findByRole('link', { name: 'Sign in to register' });
    expect(link.getAttribute('href')).toMatch(/^\/sign-in\?back=%2Fproducts%2F/);
    expect(screen.queryByRole('link', { name: 'Register' })).toBeNull();
  });

  it('has no Register button where registration is closed, and says so', async () => {
    await show('full', 0);
    expect(await screen.findByText('Registration is closed')).toBeTruthy();
    expect(screen.getByText('Deprecated')).toBeTruthy();
    expect(screen.queryByRole('link', { name: /Register/ })).toBeNull();
  });

  it('that may not be seen looks like one that is not there', async () => {
    await show('out', 0, 1);
    expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeTruthy();
  });

  it('lists its operations by tag', async () => {
    await show('full', 1);
    await fireEvent.click(await screen.findByRole('tab', { name: /Operations/ }));
    const alerts = await screen.findByRole('region', { name: 'Alerts' });
    expect(alerts.textContent).toContain('/alerts/{id}');
  });
});

it('operations without a tag come last', () => {
  const operation = { path: '/', method: 'get', operation_id: null, summary: null, deprecated: false };
  const groups = byTag([
    { ...operation, tags: [] },
    { ...operation, tags: ['A', 'B'] },
    { ...operation, tags: ['A'] },
  ]);
  expect(groups.map(({ tag, operations }) => [tag, operations.length])).toEqual([
    ['A', 2],
    ['B', 1],
    [untagged, 1],
  ]);
});

import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { atlasGuide, weatherGuide } from '../testing/documents.ts';
import { targetOf } from './links.ts';
import Markdown from './Markdown.svelte';
import { parseMarkdown } from './parse.ts';

function show(source: string): HTMLElement {
  const hasDocument = (slug: string): boolean => slug === 'keys';
  const documentHref = (slug: string): string => `/products/1?doc=${slug}`;
  return render(Markdown, { source, hasDocument, documentHref }).container;
}

describe('a document', () => {
  it('is drawn with its headings below the page’s, lists, tables and code', () => {
    const page = show(weatherGuide);
    expect(screen.getByRole('heading', { level: 2, name: 'Getting started' })).toBeTruthy();
    expect(screen.getByRole('heading', { level: 3, name: 'Limits' })).toBeTruthy();
    expect(screen.getByRole('cell', { name: '250,000' })).toBeTruthy();
    expect(page.querySelector('ol li')?.textContent).toContain('Create an application');
    expect(page.querySelector('pre')?.textContent).toContain("-H 'apikey: {API_KEY}'");
  });

  it('links to its neighbours, and elsewhere in a tab of its own', () => {
    show(weatherGuide);
    const near = screen.getByRole('link', { name: 'Keys and limits' });
    expect(near.getAttribute('href')).toBe('/products/1?doc=keys');
    const far = screen.getByRole('link', { name: 'the status page' });
    expect(far.getAttribute('target')).toBe('_blank');
    expect(far.getAttribute('rel')).toContain('noopener');
  });

  it('of a hostile author shows what was written and does none of it', () => {
    const page = show(atlasGuide);
    expect(page.querySelector('script, img, iframe, object, style')).toBeNull();
    expect(page.textContent).toContain('<script>window.__ran = true</script>');
    expect(screen.queryByRole('link', { name: 'A link that should lead nowhere' })).toBeNull();
    for (const element of page.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on/);
    }
  });

  it('reads character references as what they stand for', () => {
    expect(show('Fish &amp; chips &#8211; &lt;b&gt; &bogus;').textContent).toBe('Fish & chips – <b> &bogus;');
  });

  it('that nests without end costs neither time nor the page', () => {
    expect(() => parseMarkdown(`${'>'.repeat(2_000)} deep`)).not.toThrow();
  });
});

it.each([
  ['javascript:alert(1)', 'none'],
  [' javascript:alert(1)', 'none'],
  ['data:text/html,x', 'none'],
  ['vbscript:x', 'none'],
  ['//evil.example/x', 'none'],
  ['unknown.md', 'none'],
  ['https://example.com/', 'elsewhere'],
  ['mailto:a@b.example', 'elsewhere'],
  ['../guides/keys.md#limits', 'document'],
  ['#limits', 'heading'],
])('a link to %j leads %s', (href, kind) => {
  expect(targetOf(href, (slug) => slug === 'keys').kind).toBe(kind);
});

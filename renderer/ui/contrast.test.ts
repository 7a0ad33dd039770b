import { describe, expect, it } from 'vitest';
import { accentTokens, hardestSurface } from './accent.ts';
import { contrast, parseHex } from './contrast.ts';
import type { Rgb } from './contrast.ts';
import css from './tokens.css?raw';

type Theme = 'light' | 'dark';
const themes: Theme[] = ['light', 'dark'];

const surfaces = [
  'surface-sunken',
  'surface',
  'surface-float',
  'surface-hover',
  'surface-active',
  'surface-selected',
];
const texts = ['text', 'text-muted', 'accent-text', 'positive', 'caution', 'negative', 'pending'];

/** [foreground, background, least ratio]: what may stand on what. */
const pairs: [string, string, number][] = [
  ...texts.flatMap((text) => surfaces.map((surface): [string, string, number] => [text, surface, 4.5])),
  ...['positive', 'caution', 'negative', 'pending'].flatMap((tone): [string, string, number][] => [
    [tone, `${tone}-soft`, 4.5],
    ['text', `${tone}-soft`, 4.5],
    ['text-muted', `${tone}-soft`, 4.5],
  ]),
  ['text', 'neutral-soft', 4.5],
  ['text-muted', 'neutral-soft', 4.5],
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-hover', 4.5],
  ['on-negative', 'negative-fill', 4.5],
  ['on-negative', 'negative-fill-hover', 4.5],
  ...[
    'outline',
    'focus',
    'accent',
    'negative-fill',
    'positive-mark',
    'caution-mark',
    'negative-mark',
    'pending-mark',
  ].flatMap((mark) => surfaces.map((surface): [string, string, number] => [mark, surface, 3])),
];

function token(name: string, theme: Theme): Rgb {
  const match = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  const colour = parseHex(match?.[theme === 'light' ? 1 : 2] ?? '');
  if (!colour) throw new Error(`tokens.css has no light-dark pair for --${name}`);
  return colour;
}

describe.each(themes)('tokens, %s theme', (theme) => {
  it.each(pairs)('%s on %s reaches %s : 1', (front, back, least) => {
    expect(contrast(token(front, theme), token(back, theme))).toBeGreaterThanOrEqual(least);
  });

  it('names the hardest surface that a brand colour is measured on', () => {
    expect(token('surface-active', theme)).toEqual(parseHex(hardestSurface[theme]));
  });
});

describe('forced colours', () => {
  const colours = [...css.matchAll(/--([\w-]+): light-dark\(/g)].map((match) => match[1]);
  const forced = css.slice(css.indexOf('@media (forced-colors: active)'));

  it('give every colour one of the system, and none of ours', () => {
    const given = new Set([...forced.matchAll(/--([\w-]+):/g)].map((match) => match[1]));
    expect(colours.filter((colour) => !given.has(colour))).toEqual([]);
    expect(forced).not.toMatch(/light-dark|#[0-9a-f]{3}/);
  });
});

describe('a brand colour', () => {
  const brands = ['#ffe600', '#000000', '#ffffff', '#00d1b2', '#e4002b', '#0a6470', '#888888', '#f0f'];

  it.each(brands)('%s stays readable in both themes', (brand) => {
    const tokens = accentTokens(brand);
    for (const theme of themes) {
      const read = (
        name: '--accent' | '--accent-hover' | '--on-accent' | '--accent-text' | '--surface-selected',
      ) => {
        const colour = parseHex(tokens?.[theme][name] ?? '');
        if (!colour) throw new Error(`${name} is no colour`);
        return colour;
      };
      for (const surface of surfaces.slice(0, -1)) {
        expect(contrast(read('--accent-text'), token(surface, theme))).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(read('--on-accent'), read('--accent'))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(read('--on-accent'), read('--accent-hover'))).toBeGreaterThanOrEqual(4.5);
      for (const text of texts.filter((name) => name !== 'accent-text')) {
        expect(contrast(token(text, theme), read('--surface-selected'))).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(read('--accent-text'), read('--surface-selected'))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('yields to forced colours in every token that it sets', () => {
    const forced = css.slice(css.indexOf('@media (forced-colors: active)'));
    for (const name of Object.keys(accentTokens('#0a6470')?.light ?? {})) {
      expect(forced).toMatch(new RegExp(`${name}: \\w+ !important;`));
    }
  });

  it('that is no colour is refused rather than guessed', () => {
    expect(accentTokens('url(https://tracker.example)')).toBeNull();
    expect(accentTokens('red; background: black')).toBeNull();
  });
});

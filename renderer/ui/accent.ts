import { contrast, formatHex, mix, parseHex } from './contrast.ts';
import type { Rgb } from './contrast.ts';

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/**
 * The hardest surface of each theme for a coloured text: if the accent reads there, it reads everywhere. Kept equal to
 * tokens.css by a test.
 */
export const hardestSurface = { light: '#e8e8ee', dark: '#2a2a33' } as const;

/** Values for the accent tokens of one theme. */
export interface AccentTokens {
  '--accent': string;
  '--accent-hover': string;
  '--on-accent': string;
  '--accent-text': string;
  '--focus': string;
  '--surface-selected': string;
}

/**
 * Derives the accent tokens from a brand colour, keeping its hue and moving it towards black (light theme) or white
 * (dark theme) only as far as 4.5 : 1 for text demands. Null for what is no `#rgb` or `#rrggbb` colour.
 */
export function accentTokens(brand: string): { light: AccentTokens; dark: AccentTokens } | null {
  const colour = parseHex(brand);
  if (!colour) return null;
  return { light: forTheme(colour, 'light'), dark: forTheme(colour, 'dark') };
}

/**
 * Puts a brand colour on an element (usually the root). Through the CSSOM, so that a policy without inline styles
 * holds. An unreadable colour leaves the built-in accent in place and answers false.
 */
export function applyAccent(element: HTMLElement, brand: string): boolean {
  const tokens = accentTokens(brand);
  if (!tokens) return false;
  for (const [name, light] of entries(tokens.light)) {
    element.style.setProperty(name, `light-dark(${light}, ${tokens.dark[name]})`);
  }
  return true;
}

function forTheme(brand: Rgb, theme: 'light' | 'dark'): AccentTokens {
  const surface = parseHex(hardestSurface[theme]) ?? white;
  const away = theme === 'light' ? black : white;
  const accent = moveUntil(brand, away, (candidate) => contrast(candidate, surface) >= 4.5);
  const onAccent = contrast(accent, white) >= contrast(accent, black) ? white : mix(accent, black, 0.85);
  const selected = theme === 'light' ? mix(accent, white, 0.9) : mix(accent, [17, 17, 22], 0.86);
  return {
    '--accent': formatHex(accent),
    '--accent-hover': formatHex(mix(accent, away, 0.18)),
    '--on-accent': formatHex(onAccent),
    '--accent-text': formatHex(accent),
    '--focus': formatHex(accent),
    '--surface-selected': formatHex(selected),
  };
}

function moveUntil(colour: Rgb, target: Rgb, enough: (candidate: Rgb) => boolean): Rgb {
  for (let step = 0; step <= 50; step += 1) {
    const candidate = mix(colour, target, step / 50);
    if (enough(candidate)) return candidate;
  }
  return target;
}

function entries(tokens: AccentTokens): [keyof AccentTokens, string][] {
  return [
    ['--accent', tokens['--accent']],
    ['--accent-hover', tokens['--accent-hover']],
    ['--on-accent', tokens['--on-accent']],
    ['--accent-text', tokens['--accent-text']],
    ['--focus', tokens['--focus']],
    ['--surface-selected', tokens['--surface-selected']],
  ];
}

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { join } from 'node:path';
import type { UserConfig } from 'vite';

/** What a surface is called in the tree: its folder here, and its folder in out/. */
export type Surface = 'admin' | 'portal';

/**
 * How a surface becomes static files. A strict content security policy serves them, so nothing may end up inline: no
 * polyfill script in the page, no asset as a data: address.
 */
export const page = (surface: Surface, base: './' | '/'): UserConfig => ({
  root: join(import.meta.dirname, surface),
  base,
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: join(import.meta.dirname, '../out', surface),
    emptyOutDir: true,
    target: 'es2024',
    minify: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});

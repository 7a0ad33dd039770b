import { defineConfig } from 'electron-vite';
import { join } from 'node:path';
import { page } from './renderer/vite.page.config.ts';

const here = (path: string): string => join(import.meta.dirname, path);
const admin = page('admin', './');

/** The desk under Electron: shell, preload and the same pages that the loopback host serves. */
export default defineConfig({
  main: {
    build: {
      outDir: here('out/electron/main'),
      rolldownOptions: {
        input: {
          main: here('main/electron/main.ts'),
          // Runs in a utility process of its own.
          owner: here('main/core/replica/owner.ts'),
        },
        // Finds its native library beside its own file.
        external: ['keytar'],
      },
    },
  },
  preload: {
    build: {
      outDir: here('out/electron/preload'),
      rolldownOptions: {
        input: { preload: here('main/electron/preload.ts') },
        // A sandboxed preload cannot be an ES module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    ...admin,
    // Said anew: electron-vite bundles this file, so a path that an imported one takes from itself would be wrong.
    root: here('renderer/admin'),
    build: {
      ...admin.build,
      outDir: here('out/electron/renderer'),
      rolldownOptions: { input: here('renderer/admin/index.html') },
    },
  },
});

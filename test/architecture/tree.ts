/** Reads what the rules are held against: the sources on disk and package.json. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Manifest, Tree } from './check.ts';

export const root = join(import.meta.dirname, '../..');

const codeFolders = ['domain', 'main', 'renderer', 'sync-server', 'gateway', 'test'];

const packages = z.record(z.string(), z.string()).default({});
const packageJson = z.object({
  dependencies: packages,
  optionalDependencies: packages,
  devDependencies: packages,
});

export function readTree(): Tree {
  const inFolders = codeFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  const atTop = readdirSync(root);
  const sources = [...atTop, ...inFolders].filter((path) => /\.(ts|svelte)$|^eslint\.config\.js$/.test(path));
  return new Map(sources.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

export function readManifest(): Manifest {
  const parsed = packageJson.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return {
    runtime: Object.keys({ ...parsed.dependencies, ...parsed.optionalDependencies }),
    development: Object.keys(parsed.devDependencies),
  };
}

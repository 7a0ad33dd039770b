/** Holds a tree of source files against the table of zones. Pure, so that planted violations can prove it. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { findCycles } from './cycles.ts';
import { parseSource } from './imports.ts';
import type { Zone } from './zones.ts';

export interface Table {
  readonly zones: readonly Zone[];
  readonly testPackages: readonly string[];
  readonly toolPackages: readonly string[];
}

/** What package.json promises: only `runtime` is there for someone who runs the product. */
export interface Manifest {
  readonly runtime: readonly string[];
  readonly development: readonly string[];
}

/** A file's text by its path from the root, with forward slashes. */
export type Tree = ReadonlyMap<string, string>;

/** Everything below test/, tests beside the code, and what they share: folders and files named `testing…`, fixtures. */
export const isTest = (path: string): boolean =>
  /^test\/|\/testing\/|\/testing(-[^/]*)?\.ts$|\.(test|fixture)\.ts$/.test(path);

const isTool = (path: string): boolean => /\.config\.(ts|js)$/.test(path);

/** The zone of a path: the longest folder of the table that holds it. */
export function zoneOf(path: string, zones: readonly Zone[]): Zone | undefined {
  return zones
    .filter((zone) => (zone.flat ? posix.dirname(path) === zone.folder : path.startsWith(`${zone.folder}/`)))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** `@scope/name/sub` → `@scope/name`, `name/sub` → `name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Every violation as `file:line: what is wrong`, in order; empty when the tree keeps the rules. */
export function check(tree: Tree, table: Table, manifest: Manifest): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();

  for (const [path, text] of tree) {
    const say = (line: number, wrong: string): number => found.push(`${path}:${line}: ${wrong}`);
    const source = parseSource(path, text);
    const isHomeless = !zoneOf(path, table.zones) && !isTest(path) && !isTool(path);
    if (isHomeless) say(1, 'is in no zone: give its folder a place in test/architecture/zones.ts');
    if (posix.basename(path) === 'index.ts' || source.onlyReexports) {
      say(1, 'is a barrel: import from the file that has it');
    }
    for (const line of source.starExports) say(line, 'export * hides what a module offers: name it');

    const targets: string[] = [];
    for (const { specifier, line } of source.imports) {
      const wrong = specifier.startsWith('.')
        ? wrongFile(path, resolve(path, specifier), table.zones)
        : wrongPackage(path, specifier, table, manifest);
      if (wrong !== undefined) say(line, wrong);
      if (specifier.startsWith('.')) targets.push(resolve(path, specifier));
    }
    graph.set(path, targets);
  }
  for (const cycle of findCycles(graph)) found.push(`${cycle[0] ?? ''}:1: import cycle ${cycle.join(' → ')}`);
  return found;
}

/** A relative specifier as a path from the root, without a bundler's query. */
const resolve = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''));

function wrongFile(from: string, to: string, zones: readonly Zone[]): string | undefined {
  if (from.startsWith('test/') || isTool(from)) return undefined;
  if (isTest(to)) return isTest(from) ? undefined : `imports ${to}, which is for tests only`;
  const zone = zoneOf(from, zones);
  const target = zoneOf(to, zones);
  if (!zone) return undefined;
  if (!target) return `imports ${to}, which is in no zone`;
  if (target === zone || zone.imports.includes(target.folder)) return undefined;
  // Tests of a part may set up the whole part.
  if (isTest(from) && topFolder(zone) === topFolder(target)) return undefined;
  return `${zone.folder} may not import ${target.folder} (${to})`;
}

const topFolder = (zone: Zone): string => zone.folder.split('/')[0] ?? zone.folder;

function wrongPackage(from: string, specifier: string, table: Table, manifest: Manifest): string | undefined {
  const zone = zoneOf(from, table.zones);
  const relaxed = isTest(from) || isTool(from);
  if (!zone && !relaxed) return undefined;
  if (isBuiltin(specifier)) {
    if (relaxed || !zone || zone.node) return undefined;
    return `${zone.folder} may not use Node's ${specifier}`;
  }
  const name = packageOf(specifier);
  const allowed = [
    ...(zone?.packages ?? []),
    ...(isTest(from) ? table.testPackages : []),
    ...(isTool(from) ? table.toolPackages : []),
  ];
  if (!allowed.includes(name)) {
    return `${zone?.folder ?? from} may not import the package ${name}`;
  }
  if (manifest.runtime.includes(name)) return undefined;
  if (!manifest.development.includes(name)) return `the package ${name} is not in package.json`;
  if (relaxed || zone?.bundled) return undefined;
  return `${name} is only in devDependencies, so it is missing where the product runs`;
}

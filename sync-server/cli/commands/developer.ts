/** `gatehouse developer` */
import { defineCommand } from 'citty';
import { GatehouseError } from '../../../domain/errors.ts';
import { databaseOptions } from '../options.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const erase = defineCommand({
  meta: {
    name: 'erase',
    description:
      'Deletes a person’s accounts and erases their personal data, in the log too; the chain stays whole',
  },
  args: {
    person: { type: 'positional', required: true, description: 'E-mail address, or the id of one account' },
    rewrite: {
      type: 'boolean',
      description:
        'Rewrites the tables afterwards, so that no trace is left in their files; blocks writers meanwhile',
    },
    ...databaseOptions,
  },
  async run({ args }) {
    const { developersOf } = await import('../../erasure/find.ts');
    const { eraseDeveloper } = await import('../../erasure/erase.ts');
    const { rewriteTables } = await import('../../erasure/rewrite.ts');
    const { withDatabase } = await import('../with-database.ts');
    const { person } = args;
    await withDatabase(args, async (deps) => {
      const ids = uuid.test(person) ? [person.toLowerCase()] : await developersOf(deps.db, person);
      if (ids.length === 0) throw new GatehouseError('not_found', { message: `Nobody here is ${person}.` });
      for (const id of ids) {
        const { payloads, contexts, mails } = await eraseDeveloper(deps, id, { actor: 'system' });
        process.stdout.write(
          `Erased ${id}: ${payloads} images and ${contexts} origins in the log, ${mails} mails.\n`,
        );
      }
      if (args.rewrite === true) await rewriteTables(deps.pool);
    });
  },
});

export const developer = defineCommand({
  meta: { name: 'developer', description: 'Developers’ accounts' },
  subCommands: { erase },
});

/** `gatehouse secrets` */
import { defineCommand } from 'citty';
import { databaseOptions } from '../options.ts';

const rotate = defineCommand({
  meta: {
    name: 'rotate',
    description:
      'Seals all secrets with a new key: a new secrets.key, or GATEHOUSE_SECRETS_KEY_NEXT; servers have to be stopped',
  },
  args: databaseOptions,
  async run({ args }) {
    const { rotateSecretsKey } = await import('../../secrets/rotate.ts');
    const { inFiles } = await import('../../secrets/key-files.ts');
    const { withDatabaseAlone } = await import('../with-database.ts');
    const { place, done } = await withDatabaseAlone(args, async ({ db, commit, config }) => ({
      place: config,
      done: await rotateSecretsKey({ db, commit, place: config }),
    }));
    const { sealed, lost } = done;
    const words =
      sealed === null
        ? ['Everything is sealed with GATEHOUSE_SECRETS_KEY_NEXT already.']
        : [`Sealed ${sealed} values with the new key.`];
    if (lost > 0) words.push(`${lost} were sealed with a key that was lost before, and stay closed.`);
    words.push(
      inFiles(place)
        ? 'Backups made until now need the former key, kept beside it as secrets.key.former.…: move it to where they are.'
        : 'Start the servers with the new key as GATEHOUSE_SECRETS_KEY. Backups made until now need the former one.',
    );
    process.stdout.write(`${words.join('\n')}\n`);
  },
});

export const secrets = defineCommand({
  meta: { name: 'secrets', description: 'The key that seals what the server has to read again' },
  subCommands: { rotate },
});

/** `gatehouse restore` */
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import type { Adopted } from '../../secrets/adopt.ts';
import { assertFile, assertThere } from '../files.ts';
import { databaseFlags, databaseOptions } from '../options.ts';

const secretsWords: Readonly<Record<Adopted, readonly string[]>> = {
  fits: [],
  'sealed anew': ['Its secrets were sealed with a former key, and are with the present one now.'],
  foreign: [
    'Its secrets are sealed with a key that is not here: put it into secrets.key or GATEHOUSE_SECRETS_KEY before a server starts.',
  ],
};

export const restore = defineCommand({
  meta: {
    name: 'restore',
    description: 'Brings a backup back, without the access that was closed since; servers have to be stopped',
  },
  args: {
    file: { type: 'positional', required: true, description: 'What gatehouse backup made' },
    closings: {
      type: 'string',
      valueHint: 'FILE|DIR',
      description: 'The closings log, or a folder with those of several servers (else the server’s own)',
    },
    replace: { type: 'boolean', description: 'Gives up what the database holds now' },
    'accept-reopened': {
      type: 'boolean',
      description: 'Goes on without a closings log: what was open then will be open again',
    },
    ...databaseOptions,
  },
  async run({ args }) {
    const { withOrigin } = await import('../../changelog/origin.ts');
    const { parseSettings } = await import('../../config/config.ts');
    const { recover } = await import('../../recover.ts');
    const settings = parseSettings(databaseFlags(args), process.env);
    await assertFile(args.file);
    if (args.closings !== undefined) await assertThere(args.closings);
    const done = await withOrigin({ address: 'cli' }, () =>
      recover(settings, {
        file: resolve(args.file),
        closings: args.closings === undefined ? undefined : resolve(args.closings),
        replace: args.replace,
        acceptReopened: args['accept-reopened'],
      }),
    );
    const { manifest, epoch, closed, ended, secrets, sessions } = done;
    process.stdout.write(
      [
        `Restored the state of ${manifest.createdAt} (${manifest.epoch}:${manifest.seq}) as epoch ${epoch}.`,
        `Closed again what was closed since: ${closed} rows. Sign-ins ended: ${sessions}.`,
        ...(ended.length > 0 ? [`Ended again what ended since: ${ended.length}.`] : []),
        ...ended.map(({ name, whose, mend }) => `  ${name} of ${whose}: ${mend}`),
        ...secretsWords[secrets],
        '',
      ].join('\n'),
    );
  },
});

/** `gatehouse webhook` */
import { defineCommand } from 'citty';
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Deps } from '../../config/deps.ts';
import { databaseOptions, type DatabaseFlags } from '../options.ts';

/** Commands leave no session behind; the log tells them by this and by where they come from. */
const cause = { actor: 'system' } as const;

const id = { type: 'positional', required: true, description: 'Which, as the list names it' } as const;

async function withEndpoints<T>(flags: DatabaseFlags, work: (deps: Deps) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../with-database.ts');
  return withDatabase(flags, work);
}

/** Throws `not_found` for what is no id at all, as for one that there is not. */
function known(given: string): string {
  if (!z.uuid().safeParse(given).success) throw new GatehouseError('not_found');
  return given;
}

const add = defineCommand({
  meta: { name: 'add', description: 'Tells an address of what happens; shows the signing secret once' },
  args: {
    url: { type: 'positional', required: true, description: 'Where to: https://…' },
    events: {
      type: 'string',
      valueHint: 'TYPES',
      default: '*',
      description: 'Which, by commas: developer.approved, registration.*, or * for all',
    },
    description: { type: 'string', valueHint: 'TEXT', description: 'What it is for' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { newWebhookSchema } = await import('../../../domain/wire/webhooks.ts');
    const { parse } = await import('../../http/parse.ts');
    const { addEndpoint } = await import('../../webhooks/endpoints.ts');
    const given = parse(newWebhookSchema, {
      url: args.url,
      events: args.events.split(',').map((event) => event.trim()),
      description: args.description ?? '',
    });
    const made = await withEndpoints(args, (deps) => addEndpoint(deps, given, cause));
    process.stderr.write(`Webhook ${made.id}. Its secret, shown this once:\n`);
    process.stdout.write(`${made.secret}\n`);
  },
});

const list = defineCommand({
  meta: { name: 'list', description: 'All webhooks, with what waits for them' },
  args: { ...databaseOptions },
  async run({ args }) {
    const { listEndpoints } = await import('../../webhooks/endpoints.ts');
    const { withDatabase } = await import('../with-database.ts');
    for (const webhook of await withDatabase(args, ({ db }) => listEndpoints(db))) {
      const { pausedReason, pending, dead, events } = webhook;
      const state = pausedReason === null ? 'delivers' : `paused (${pausedReason})`;
      const line = [webhook.id, state, `${pending} waiting`, `${dead} dead`, events.join(','), webhook.url];
      process.stdout.write(`${line.join('  ')}\n`);
    }
  },
});

const remove = defineCommand({
  meta: { name: 'remove', description: 'Removes a webhook with all that waits for it' },
  args: { id, ...databaseOptions },
  async run({ args }) {
    const { removeEndpoint } = await import('../../webhooks/endpoints.ts');
    await withEndpoints(args, (deps) => removeEndpoint(deps, known(args.id), cause));
    process.stdout.write('Removed.\n');
  },
});

const resume = defineCommand({
  meta: { name: 'resume', description: 'Lifts a pause; with --dead, what was given up is sent once more' },
  args: {
    id,
    dead: { type: 'boolean', description: 'Dead letters too' },
    ...databaseOptions,
  },
  async run({ args }) {
    const { changeEndpoint } = await import('../../webhooks/endpoints.ts');
    const { redeliver } = await import('../../webhooks/deliveries.ts');
    const count = await withEndpoints(args, async (deps) => {
      await changeEndpoint(deps, known(args.id), { paused: false }, cause);
      return args.dead === true ? redeliver(deps, known(args.id), null, cause) : 0;
    });
    process.stdout.write(`Delivers again${count > 0 ? `, ${count} dead letters with it` : ''}.\n`);
  },
});

const secret = defineCommand({
  meta: { name: 'secret', description: 'Makes a new secret; the one before signs beside it for a day' },
  args: { id, ...databaseOptions },
  async run({ args }) {
    const { rotateSecret } = await import('../../webhooks/endpoints.ts');
    process.stdout.write(
      `${await withEndpoints(args, (deps) => rotateSecret(deps, known(args.id), cause))}\n`,
    );
  },
});

export const webhook = defineCommand({
  meta: { name: 'webhook', description: 'Webhooks: who is told of what happens' },
  subCommands: { add, list, remove, resume, secret },
});

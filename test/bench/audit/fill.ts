/**
 * A long log, as some years of a busy portal leave it: people sign up, ask and are decided about, one after the other. Its
 * entries go through the same chain as the server's; the rows themselves are left out, which no audit looks at.
 */
import { uuidv7 } from '../../../domain/ids.ts';
import { appendEntries, type PendingEntry } from '../../../sync-server/changelog/append.ts';
import { wordsOf } from '../../../sync-server/audit/words.ts';
import { sql } from 'kysely';
import type { Db } from '../../../sync-server/db/schema.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';

/** What the questions are asked about. */
export interface Filled {
  readonly entries: number;
  readonly portals: readonly string[];
  readonly admins: readonly string[];
  readonly devices: readonly string[];
  /** Some of the things, batches and intents in it. */
  readonly things: readonly string[];
  readonly batches: readonly string[];
  readonly intents: readonly string[];
  readonly names: readonly string[];
  readonly from: string;
  readonly to: string;
}

interface Written {
  readonly entries: PendingEntry[];
  readonly names: { readonly id: string; readonly words: string }[];
}

const given = [
  'Ada',
  'Bruno',
  'Chidi',
  'Dana',
  'Emre',
  'Farah',
  'Goran',
  'Hana',
  'Iris',
  'Jonas',
  'Kofi',
  'Lea',
] as const;
const family = [
  'Abara',
  'Berger',
  'Costa',
  'Demir',
  'Ekman',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ito',
  'Jansen',
] as const;
const start = Date.parse('2024-01-01T00:00:00.000Z');
const span = 600 * 24 * 60 * 60 * 1000;
const perCommit = 2_000;

/** Appends about `wanted` entries. */
export async function fillLog(db: Db, wanted: number, say: (line: string) => void): Promise<Filled> {
  const random = randomOf(1, 0);
  const id = (): string => uuidv7(start, random.bytes(10));
  const portals = [id(), id()];
  const admins = Array.from({ length: 8 }, () => `admin:${id()}`);
  const devices = admins.map(id);
  const things: string[] = [];
  const batches: string[] = [];
  const intents: string[] = [];
  const names: string[] = [];
  let written = 0;
  let people = 0;
  let batch = id();
  while (written < wanted) {
    const part: Written = { entries: [], names: [] };
    while (part.entries.length < perCommit) {
      people += 1;
      if (people % 50 === 0) batch = id();
      const admin = people % admins.length;
      const person = {
        developer: id(),
        name: `${random.pick(given)} ${random.pick(family)} ${people.toString(36)}`,
        portal: portals[people % 5 === 0 ? 1 : 0] ?? '',
        actor: admins[admin] ?? '',
        device: devices[admin] ?? '',
        batch,
      };
      live(part, person, id, random);
      if (people % 997 === 0) {
        things.push(person.developer);
        batches.push(batch);
        names.push(person.name);
        const intent = part.entries.at(-1)?.intent;
        if (intent) intents.push(intent);
      }
    }
    const at = new Date(start + (written / wanted) * span).toISOString();
    await db.transaction().execute(async (trx) => {
      const head = await trx.selectFrom('logHead').selectAll().forUpdate().executeTakeFirstOrThrow();
      await appendEntries(trx, head, at, part.entries);
      await sql`insert into audit_names (entity_id, words)
        select id, words from jsonb_to_recordset(${JSON.stringify(part.names)}::jsonb) as r (id uuid, words text)
        on conflict do nothing`.execute(trx);
    });
    written += part.entries.length;
    if (Math.floor(written / 100_000) > Math.floor((written - part.entries.length) / 100_000))
      say(`audit: ${written} entries`);
  }
  await sql`vacuum analyze change_log`.execute(db);
  await sql`vacuum analyze audit_names`.execute(db);
  const to = new Date(start + span).toISOString();
  return {
    entries: written,
    portals,
    admins,
    devices,
    things,
    batches,
    intents,
    names,
    from: new Date(start).toISOString(),
    to,
  };
}

interface Person {
  readonly developer: string;
  readonly name: string;
  readonly portal: string;
  readonly actor: string;
  readonly device: string;
  readonly batch: string;
}

/** What becomes of one person: an account, an application, a request, a key; every fiftieth is refused something. */
function live({ entries, names }: Written, person: Person, id: () => string, random: Random): void {
  const { developer, name, portal, actor, device, batch } = person;
  const self = { actor: `developer:${developer}`, device: null, intent: null, batch: null };
  const context = JSON.stringify({ address: `192.0.2.${random.below(250)}`, requestId: id() });
  const row = (entity: string, entityId: string, action: string, cause: object, title: string): void => {
    const image = {
      id: entityId,
      portalId: portal,
      name: title,
      email: `${title}@example.com`,
      state: action,
    };
    const filler = 'what an application says about itself, and what it is for. '.repeat(5);
    entries.push({
      ...self,
      ...cause,
      context,
      kind: 'row',
      action,
      entity,
      entityId,
      portalId: portal,
      revision: action === 'created' ? 1 : 2,
      payload: Buffer.from(JSON.stringify({ ...image, description: filler })),
    });
  };
  const decide = (entity: string, entityId: string, title: string): void => {
    const kind = random.below(50) === 0 ? 'refused' : 'applied';
    const cause = { actor, device, intent: id(), batch };
    if (kind === 'applied') row(entity, entityId, 'approve', cause, title);
    const outcome = { intent: cause.intent, kind, code: null, action: 'approve', state: 'approved' };
    const payload = Buffer.from(JSON.stringify(outcome));
    entries.push({
      ...cause,
      context,
      kind: 'outcome',
      action: kind,
      entity: 'intent',
      entityId,
      portalId: portal,
      revision: 0,
      payload,
    });
  };
  const known = (entityId: string, ...titles: readonly string[]): void => {
    for (const title of titles) names.push({ id: entityId, words: wordsOf(title) });
  };
  row('developer', developer, 'created', self, name);
  row('developer', developer, 'changed', self, name);
  known(developer, name, `${name}@example.com`);
  decide('developer', developer, name);
  for (let count = random.below(2); count >= 0; count--) {
    const application = id();
    const title = `${random.pick(family)} tracker ${random.below(9_999)}`;
    row('application', application, 'created', self, title);
    known(application, title, application.slice(-12));
    decide('application', application, title);
    const registration = id();
    row('registration', registration, 'created', self, title);
    decide('registration', registration, title);
    row('credential', id(), 'created', self, 'Key');
  }
}

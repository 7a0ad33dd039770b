/**
 * Decisions of a real desk while another device uses their ids, before, at the same time and after; and while a second admin
 * works on the same desk. Each is decided all the same, once, and as the one who made it.
 */
import { testDesk, settled, synced, type TestDesk } from '../../../main/core/testing/desk.ts';
import { decisionsResponseSchema } from '../../../domain/wire/admin.ts';
import type { Intent } from '../../../domain/intents.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import { signedInAdmin, type TestAdmin } from '../../../sync-server/admins/testing.ts';
import { createTestPortal, testIntent, type TestRequest } from '../../../sync-server/decisions/testing.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { formBrowser, type Person } from '../../support/sign-in.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings } from '../check.ts';

interface Story {
  readonly whole: Whole;
  readonly desk: TestDesk;
  readonly findings: Findings;
  readonly random: Random;
  readonly people: { readonly ada: Known; readonly bob: Known };
  readonly thief: TestAdmin;
  /** Whoever sits at the desk's browser. */
  seated: Person;
}

type Known = Person & { readonly id: string };

const about = ({ developer }: TestRequest) => ({ kind: 'developer' as const, id: developer.id });

async function approveOffline({ whole, desk }: Story, request: TestRequest): Promise<string> {
  await whole.cable.cut();
  await desk.until(({ sync }) => sync.state === 'offline');
  await desk.ask('decide', { action: 'approve', targets: [about(request)], reason: null });
  const { entries } = await desk.ask('outbox.list', {});
  const id = entries.find((entry) => entry.id === request.developer.id)?.intent;
  if (id === undefined) throw new Error('the decision is not in the outbox');
  return id;
}

/** Another device's intent, straight to the server. */
async function send({ whole, thief }: Story, intent: Intent): Promise<Outcome | undefined> {
  const answer = await fetch(`${whole.server.url}/api/admin/v1/decisions`, {
    method: 'POST',
    headers: { ...thief.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ intents: [intent] }),
  });
  return decisionsResponseSchema.parse(await answer.json()).outcomes[0];
}

/** What came of a decision of Ada's: applied once, by her, and her desk knows. */
async function judge(story: Story, id: string, request: TestRequest, where: string): Promise<void> {
  const { whole, desk, findings, people } = story;
  await desk.until(settled);
  const { pool } = whole.server.deps;
  const logged = await pool.query<{ actor: string; kind: string }>(
    `select actor, convert_from(payload, 'utf8')::jsonb->>'kind' as kind from change_log
     where kind = 'outcome' and intent = $1 and entity_id = $2`,
    [id, request.developer.id],
  );
  const mine = logged.rows.filter(({ actor }) => actor === `admin:${people.ada.id}`);
  const applied = mine.filter(({ kind }) => kind === 'applied');
  if (applied.length === 0) findings.add('lost', `${id} was not applied ${where}`);
  if (mine.length > 1) findings.add('doubled', `${id} has ${mine.length} outcomes ${where}`);
  const row = await pool.query<{ state: string; decided_by: string | null }>(
    'select state, decided_by from developers where id = $1',
    [request.developer.id],
  );
  const { state, decided_by: by } = row.rows[0] ?? { state: 'gone', decided_by: null };
  if (state !== 'approved' || by !== `admin:${people.ada.id}`) {
    findings.add('lost', `${request.developer.id} is ${state} by ${String(by)} ${where}`);
  }
  const attention = await desk.ask('attention.list', {});
  if (attention.entries.some(({ intent }) => intent === id)) {
    findings.add('lost', `${id} is shown as not taken ${where}`);
  }
}

const orders = ['before', 'at the same time', 'after'] as const;

/** Another admin's device uses the id for a decision of its own, as itself or in the name of Ada's device. */
async function steal(story: Story, mine: TestRequest, other: TestRequest): Promise<void> {
  const { whole, desk, thief, random, findings } = story;
  const id = await approveOffline(story, mine);
  const order = random.pick(orders);
  const { rows } = await whole.server.deps.pool.query<{ id: string }>(
    'select id from devices where admin_id = $1 order by enrolled_at desc limit 1',
    [story.people.ada.id],
  );
  const pretends = random.share() < 0.5;
  const target =
    pretends || random.share() < 0.5 ? about(other) : { kind: 'developer' as const, id: crypto.randomUUID() };
  const intent = testIntent(pretends ? (rows[0]?.id ?? '') : thief.device, 'reject', target, { id });
  const where = `when another device used its id ${order}`;
  const rob = async (): Promise<void> => {
    const outcome = await send(story, intent);
    if (pretends && outcome?.kind !== 'refused') {
      findings.add('unauthorised', `${id}: a device spoke for another one`);
    }
  };
  if (order === 'before') await rob();
  if (order === 'at the same time') await Promise.all([whole.cable.mend(), rob()]);
  else await whole.cable.mend();
  await desk.until(settled);
  if (order === 'after') await rob();
  await judge(story, id, mine, where);
}

/** Bob signs in on Ada's desk while a decision of hers waits there: it waits for her. */
async function shareDesk(story: Story, mine: TestRequest, other: TestRequest): Promise<void> {
  const { whole, desk, people, findings } = story;
  const id = await approveOffline(story, mine);
  await desk.ask('session.signOut', { undelivered: 'keep' });
  await whole.cable.mend();
  story.seated = people.bob;
  await desk.signIn();
  await desk.ask('decide', { action: 'approve', targets: [about(other)], reason: null });
  await desk.until(settled);
  const { rows } = await whole.server.deps.pool.query<{ actor: string }>(
    "select actor from change_log where intent = $1 or (kind = 'row' and entity_id = $2 and actor <> 'system')",
    [id, mine.developer.id],
  );
  for (const { actor } of rows) findings.add('unauthorised', `${id} was sent by ${actor}`);
  await desk.ask('session.signOut', { undelivered: 'send' });
  story.seated = people.ada;
  await desk.signIn();
  await judge(story, id, mine, 'after another admin had the desk');
}

/** So many of each dozen are about a second admin, which takes longer. */
const shared = 3;

export const swallowedIntents: Check = {
  name: 'swallowed-intents',
  property: 'A decision is decided once and as its maker, whoever uses its id or the desk it waits on.',
  unit: 'attempts',
  cases: 24,
  few: 12,
  async run({ cases, seed, progress }) {
    const findings = collectFindings();
    const whole = await startWhole();
    const folders = await deskFolders();
    const ada = { ...(await whole.addAdmin('Ada')) };
    const people = { ada, bob: await whole.addAdmin('Bob') };
    const portal = await createTestPortal(whole.server.deps.commit, cases * 2);
    let seat: () => Person = () => ada;
    const desk = await testDesk({
      dataDir: await folders.make(),
      server: whole.cable.url,
      openBrowser: (url) => formBrowser(seat())(url),
    });
    const story: Story = {
      whole,
      desk,
      findings,
      random: randomOf('swallowed', seed),
      people,
      thief: await signedInAdmin(whole.server.deps),
      seated: ada,
    };
    seat = () => story.seated;
    try {
      await desk.signIn();
      for (let number = 0; number < cases; number++) {
        const [mine, other] = portal.requests.slice(number * 2, number * 2 + 2);
        if (!mine || !other) throw new Error('too few requests');
        await desk.until(synced);
        await (number % 12 < shared ? shareDesk : steal)(story, mine, other);
        progress(number + 1);
      }
      return findings.tally(cases);
    } finally {
      await desk.close();
      await folders.remove();
      await whole.close();
    }
  },
};

/**
 * Two servers want the head of the log at the same moment. A connection of nobody's holds it while one server after the
 * other begins a commit and has to wait; then each gets it in turn, so that the order is the schedule's and the waiting is
 * PostgreSQL's own.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { adminPaths } from '../../domain/wire/admin.ts';
import type { DeskNode } from './desk.ts';
import { quiet } from './quiet.ts';
import { editContent } from './requester.ts';
import { publicUrl, type ServerNode } from './server.ts';
import type { World } from './world.ts';

/** Nobody waits for so many milliseconds. */
const patience = 10_000;
/** Longer than opening decisions rest. */
const rested = 2_500;

interface Hold {
  readonly taken: Promise<unknown>;
  /** Lets the next one have it. */
  release(): Promise<void>;
}

/** The head's row, as every commit takes it. */
const row = 'select from log_head for update';
/**
 * Whoever wants the row from now on has to stand behind it, and readers pass: two that wait for one row are not served in
 * their order once it has changed.
 */
const door = 'lock table log_head in exclusive mode';

/** Takes its place in the queue. */
async function queueUp({ aside }: World, what: string): Promise<Hold> {
  const client: PoolClient = await aside.connect();
  await client.query('begin');
  const taken = client.query(what);
  return {
    taken,
    release: async () => {
      await taken;
      await client.query('rollback');
      client.release();
    },
  };
}

/** How many wait for somebody else's lock. */
async function waiting({ aside }: World): Promise<number> {
  const { rows } = await aside.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.waiting ?? 0;
}

/** Until one more waits, or `over` says that nobody will; answers whether one does. */
async function oneMoreWaits(world: World, before: number, over = (): boolean => false): Promise<boolean> {
  const until = performance.now() + patience;
  while ((await waiting(world)) <= before) {
    if (over()) return false;
    if (performance.now() > until)
      throw new Error('nobody waits for the head of the log, and nobody gets it');
    await wait(1);
  }
  return true;
}

/** A desk asks a server about all that it has sent and heard nothing of, as it does by itself after a while. */
async function ask({ app }: ServerNode, desk: DeskNode): Promise<unknown> {
  const unanswered = [...(desk.running()?.journal.unanswered.values() ?? [])];
  const intents = unanswered.flatMap(({ intent, sent }) => (sent ? [intent] : []));
  return app.inject({
    method: 'POST',
    url: adminPaths.decisions,
    headers: { host: new URL(publicUrl).host, authorization: `Bearer ${desk.session().token}` },
    payload: { intents },
  });
}

function hasSent(desk: DeskNode): boolean {
  return [...(desk.running()?.journal.unanswered.values() ?? [])].some(({ sent }) => sent);
}

/** Both servers commit something, decisions where there are any, even the same ones; the first to wait is served first. */
export async function contend(world: World): Promise<string> {
  const { dice, scene } = world;
  world.time.pass(rested);
  await world.settle();
  const turns = dice.chance(0.5) ? [...world.servers] : [...world.servers].reverse();
  const asking = world.desks.filter(hasSent);
  const works: Promise<unknown>[] = [];
  const said: string[] = [];
  /** Answers whether it waits; one that is refused does not get as far as that. */
  const begin = async (server: ServerNode): Promise<boolean> => {
    const desk = asking.length > 0 && dice.chance(0.8) ? dice.pick(asking) : null;
    let over = false;
    const before = await waiting(world);
    works.push(
      (desk ? ask(server, desk) : editContent(server.deps, scene, dice)).finally(() => (over = true)),
    );
    said.push(`s${server.number} for ${desk?.name ?? 'a developer'}`);
    return oneMoreWaits(world, before, () => over);
  };
  const first = await queueUp(world, row);
  await first.taken;
  const [one, other] = turns;
  const waits = one ? await begin(one) : false;
  const before = await waiting(world);
  const second = await queueUp(world, door);
  await oneMoreWaits(world, before);
  if (other) await begin(other);
  await first.release();
  await second.taken;
  await works[0];
  // What follows from the one is over before the other gets its turn.
  if (one && waits) await quiet(() => [one]);
  await second.release();
  await Promise.all(works);
  return `the head of the log is wanted by ${said.join(' and ')}`;
}

/** One schedule: a scene, so many events between which things arrive, then peace, and the checks. */
import { collectFindings, type Tally } from '../faults/check.ts';
import { events, skews, type Play } from './events.ts';
import { setScene } from './portal.ts';
import { verify, type Standing } from './verify.ts';
import type { Registry } from './registry.ts';
import { resetRoles } from './roles.ts';
import type { World } from './world.ts';

/** Between an event and the next up to so many things arrive. */
const mostArrivals = 7;
/** A world that has not come to peace by then never will. */
const mostSteps = 1_500;

export interface Schedule {
  readonly seed: number;
  readonly tally: Tally;
  /** How many decisions were answered: one that nothing happens in shows nothing. */
  readonly answered: number;
  /** What happened, in order. */
  readonly trace: readonly string[];
}

function idle(world: World, client: string): boolean {
  return world.gateways.some(
    (gateway) => gateway.name === client && gateway.held()?.envelope.to === world.head(),
  );
}

async function arrive(world: World, trace: string[]): Promise<boolean> {
  const ready = world.network.ready();
  // Gateways ask all the time, and hardly ever is there news.
  const rest = ready.filter(({ client }) => !idle(world, client));
  const among = world.dice.chance(0.05) ? ready : rest;
  if (among.length === 0) return false;
  const channel = world.dice.pick(among);
  trace.push(
    `  ${channel.client}${channel.server() === null ? '' : `/s${channel.server() ?? ''}`}: ${channel.queue[0]?.what ?? ''}`,
  );
  await world.network.deliver(channel);
  await world.settle();
  return true;
}

function atPeace(world: World): boolean {
  const head = world.head();
  const desks = world.desks.every((desk) => {
    const running = desk.running();
    return (
      running?.sync.state === 'synced' &&
      running.journal.unanswered.size === 0 &&
      desk.copy.cursor()?.seq === head
    );
  });
  return desks && world.gateways.every((gateway) => gateway.held()?.envelope.to === head);
}

/** The network is whole, the clocks are right, and time passes until nobody waits for anything. */
async function makePeace(world: World, trace: string[]): Promise<boolean> {
  world.network.heal();
  for (const machine of [...world.desks, ...world.gateways]) machine.skew = 0;
  world.serverSkews.fill(0);
  trace.push('peace');
  let slept = false;
  for (let step = 0; step < mostSteps; step++) {
    const asked = world.network.ready().filter(({ client }) => !idle(world, client));
    if (step % 8 === 7 || asked.length === 0) {
      if (atPeace(world)) return true;
      // Only what rests until tomorrow by a clock that was ahead is left: so tomorrow comes.
      const waiting = world.desks.flatMap((desk) => [...(desk.running()?.journal.unanswered.values() ?? [])]);
      const farOff = waiting.some(({ sent, releaseAt }) => !sent && releaseAt > world.time.now() + 60_000);
      world.time.pass(farOff && !slept ? 26 * 3_600_000 : 700);
      slept ||= farOff;
      await world.settle();
    }
    await arrive(world, trace);
  }
  return false;
}

export async function playSchedule(
  world: World,
  standing: Standing,
  made: Registry['made'],
  seed: number,
): Promise<Schedule> {
  await world.begin(seed);
  const { dice } = world;
  const findings = collectFindings();
  const trace: string[] = [];
  const registry: Registry = { made, acknowledged: [] };
  const [first] = world.servers;
  if (!first) throw new Error('a world needs a server');
  await resetRoles(world);
  const scene = await setScene(first.deps, world.ground, dice);
  await world.settle();
  for (let step = 0; step < 200 && !atPeace(world); step++) await arrive(world, trace);
  for (const machine of [...world.desks, ...world.gateways]) machine.skew = dice.pick(skews);
  if (dice.chance(0.2)) world.serverSkews[dice.below(world.servers.length)] = dice.pick(skews);

  const play: Play = { world, scene, registry, findings };
  const count = 20 + dice.below(21);
  for (let number = 0; number < count; number++) {
    trace.push(await dice.weighted(events).run(play));
    await world.settle();
    for (let arrivals = dice.below(mostArrivals + 1); arrivals > 0; arrivals--)
      if (!(await arrive(world, trace))) break;
  }
  if (!(await makePeace(world, trace))) findings.add('lost', `no peace: ${describe(world)}`);
  const before = standing.model.outcomes.size;
  await verify(world, standing, scene, registry, findings);
  return { seed, tally: findings.tally(1), answered: standing.model.outcomes.size - before, trace };
}

function describe(world: World): string {
  const desks = world.desks.map((desk) => {
    const running = desk.running();
    const waiting = [...(running?.journal.unanswered.values() ?? [])].map(
      ({ intent, sent, releaseAt }) =>
        `${intent.id} ${sent ? 'sent' : `resting for ${releaseAt - world.time.now()} ms`}`,
    );
    const at = desk.copy.cursor()?.seq ?? '-';
    return `${desk.name} ${running?.sync.state ?? 'off'} at ${at} waits for [${waiting.join(', ')}]`;
  });
  const gateways = world.gateways.map(
    (gateway) => `${gateway.name} at ${gateway.held()?.envelope.to ?? '-'}`,
  );
  return `${[...desks, ...gateways].join('; ')}; the log at ${world.head()}`;
}

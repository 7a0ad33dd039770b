/** One schedule: a scene, so many events between which things arrive, then peace, and the checks. */
import { collectFindings, type Tally } from '../faults/check.ts';
import { sameCursor } from '../../domain/cursor.ts';
import type { GatewayNode } from './gateway.ts';
import { events, skews, type Play } from './events.ts';
import { everybodyBack } from './shut-out.ts';
import type { Standing } from './standing.ts';
import { verify } from './verify.ts';
import type { Registry } from './registry.ts';
import { createModel } from './model.ts';
import type { World } from './world.ts';

/** Between an event and the next up to so many things arrive. */
const mostArrivals = 7;
/** Before the first event. */
const firstArrivals = 60;
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

/** Whether a gateway holds all there is. */
function isCurrent(world: World, gateway: GatewayNode): boolean {
  const held = gateway.held()?.envelope;
  return held !== undefined && sameCursor({ epoch: held.epoch, seq: held.to }, world.head());
}

function idle(world: World, client: string): boolean {
  return world.gateways.some((gateway) => gateway.name === client && isCurrent(world, gateway));
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

const nowhere = { epoch: 0, seq: 0 };

function atPeace(world: World): boolean {
  const head = world.head();
  const desks = world.desks.every((desk) => {
    const running = desk.running();
    return (
      running?.sync.state === 'synced' &&
      running.journal.unanswered.size === 0 &&
      sameCursor(desk.copy.cursor() ?? nowhere, head)
    );
  });
  // Servers that have not been told of what the others did have not done what follows from it.
  const told = world.network.ready().every(({ client }) => !client.startsWith('s'));
  const ended = [...world.dialling.wires].every(({ open, token }) => !(open() && world.ended.has(token)));
  return desks && told && ended && world.gateways.every((gateway) => isCurrent(world, gateway));
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
      await everybodyBack(world);
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

export async function playSchedule(world: World, seed: number): Promise<Schedule> {
  const { dice, scene } = world;
  const findings = collectFindings();
  const trace: string[] = [];
  const registry: Registry = { made: new Map(), acknowledged: [] };
  const standing: Standing = { model: createModel(), seq: 0 };
  await world.settle();
  // How far they have come when it begins to get rough is chance as well.
  await arrivals(world, trace, dice.below(firstArrivals));
  for (const machine of [...world.desks, ...world.gateways]) machine.skew = dice.pick(skews);
  if (dice.chance(0.2)) world.serverSkews[dice.below(world.servers.length)] = dice.pick(skews);

  const play: Play = { world, scene, standing, registry, findings };
  const count = 20 + dice.below(21);
  for (let number = 0; number < count; number++) {
    trace.push(await dice.weighted(events).run(play));
    await world.settle();
    await arrivals(world, trace, dice.below(mostArrivals + 1));
  }
  if (!(await makePeace(world, trace))) findings.add('lost', `no peace: ${describe(world)}`);
  await verify(world, standing, scene, registry, findings);
  return { seed, tally: findings.tally(1), answered: standing.model.outcomes.size, trace };
}

async function arrivals(world: World, trace: string[], most: number): Promise<void> {
  for (let left = most; left > 0; left--) if (!(await arrive(world, trace))) return;
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
  return `${[...desks, ...gateways].join('; ')}; the log at ${world.head().seq}`;
}

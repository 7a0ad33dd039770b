/** What may happen in a schedule, each with how often it does. */
import { GatehouseError } from '../../domain/errors.ts';
import { actions, legalActions, type Action } from '../../domain/states.ts';
import type { Target } from '../../domain/intents.ts';
import type { Findings } from '../faults/check.ts';
import { contend } from './contend.ts';
import type { DeskNode } from './desk.ts';
import { forge } from './forged.ts';
import { attempt } from './hostile.ts';
import { targetsOf, type Scene } from './scene.ts';
import { overreach } from './overreach.ts';
import { giveProducts, moveVersion } from './products.ts';
import type { Registry } from './registry.ts';
import { deleteKey, editContent, relink, republish } from './requester.ts';
import { changeRole } from './roles.ts';
import { comeBack, shutOut } from './shut-out.ts';
import type { Standing } from './standing.ts';
import type { World } from './world.ts';

export interface Play {
  readonly world: World;
  readonly scene: Scene;
  readonly standing: Standing;
  readonly registry: Registry;
  readonly findings: Findings;
}

interface Event {
  readonly weight: number;
  /** What happened, for the trace. */
  readonly run: (play: Play) => string | Promise<string>;
}

const hour = 3_600_000;
export const skews = [0, 0, 0, hour, -hour, 24 * hour, -24 * hour];

/** Mostly what makes sense on what the desk sees, at times whatever. */
function actionFor({ dice }: World, desk: DeskNode, { kind, id }: Target): Action {
  const row = desk.copy.rows[kind].get(id);
  const legal = row ? legalActions(kind, row.state).filter((action) => action !== 'delete') : [];
  if (dice.chance(0.04)) return 'delete';
  return legal.length > 0 && dice.chance(0.85) ? dice.pick(legal) : dice.pick(actions);
}

/** Registrations through which a desk sees keys pass: what happens when one is revoked is to be seen at gateways. */
function passingRegistrations({ copy: { rows } }: DeskNode, scene: Scene): Target[] {
  return targetsOf(scene).filter(({ kind, id }) => {
    const row = kind === 'registration' ? rows.registration.get(id) : undefined;
    const application = rows.application.get(row?.applicationId ?? '');
    const developer = rows.developer.get(row?.developerId ?? '');
    return [row, application, developer].every((one) => one?.state === 'approved');
  });
}

/** What an admin decides about first: at times to close what is open, which chance alone seldom hits. */
function wishOf(world: World, desk: DeskNode, scene: Scene): { first: Target; action: Action } {
  const { dice } = world;
  const open = passingRegistrations(desk, scene);
  if (open.length > 0 && dice.chance(0.15)) return { first: dice.pick(open), action: 'revoke' };
  const first = dice.pick(targetsOf(scene));
  return { first, action: actionFor(world, desk, first) };
}

/** An admin decides; what the desk says is recorded counts from here on. */
async function decide({ world, scene, registry, findings }: Play): Promise<string> {
  const { dice } = world;
  const desk = dice.pick(world.desks);
  const workspace = desk.running();
  if (!workspace) return `${desk.name} is off`;
  const { first, action } = wishOf(world, desk, scene);
  const more = dice.chance(0.3) ? targetsOf(scene).filter(({ kind }) => kind === first.kind) : [];
  const targets = [first, ...more.filter(({ id }) => id !== first.id)];
  const { unanswered } = workspace.journal;
  const before = new Set(unanswered.keys());
  const reason = action === 'reject' ? 'not now' : null;
  const said = workspace.decisions.decide({ action, targets, reason }).then(
    () => {
      for (const id of unanswered.keys())
        if (!before.has(id)) registry.acknowledged.push({ desk, intent: id });
    },
    (error: unknown) => {
      // What an admin cannot do is told by a code; all else is a fault.
      if (!(error instanceof GatehouseError))
        findings.add('lost', `${desk.name} cannot decide: ${String(error)}`);
    },
  );
  const cut = dice.chance(0.05);
  if (cut) desk.disk.cutAtNextSync(() => desk.losePower(dice));
  await Promise.race([said, world.settle()]);
  await world.settle();
  const what = `${desk.name} ${action}s ${targets.length} ${first.kind} ${first.id.slice(-6)}`;
  if (!cut) return what;
  // Whether or not it had anything to sync: the power is gone by now.
  if (desk.running()) desk.losePower(dice);
  await desk.start();
  return `${what}, and loses power`;
}

async function undo({ world }: Play): Promise<string> {
  const desk = world.dice.pick(world.desks);
  const workspace = desk.running();
  const batches = [...(workspace?.journal.unanswered.values() ?? [])].map(({ intent }) => intent.batch);
  if (!workspace || batches.length === 0) return `${desk.name} has nothing to undo`;
  await workspace.decisions.undo(world.dice.pick(batches)).catch(() => undefined);
  return `${desk.name} undoes`;
}

async function resolve({ world, scene, registry }: Play): Promise<string> {
  const desk = world.dice.pick(world.desks);
  const workspace = desk.running();
  const here = new Set(targetsOf(scene).map(({ id }) => id));
  const open = [...(workspace?.journal.unresolved.values() ?? [])].flatMap(({ intent }) =>
    here.has(intent.target.id) ? [intent.id] : [],
  );
  if (!workspace || open.length === 0) return `${desk.name} has nothing to look at`;
  const before = new Set(workspace.journal.unanswered.keys());
  const choice = world.dice.pick(['accept', 'ask-again'] as const);
  await workspace.decisions.resolve({ intent: world.dice.pick(open), choice }).catch(() => undefined);
  for (const id of workspace.journal.unanswered.keys())
    if (!before.has(id)) registry.acknowledged.push({ desk, intent: id });
  return `${desk.name} looks at an answer: ${choice}`;
}

const names = (world: World): string[] => [...world.desks, ...world.gateways].map(({ name }) => name);

export const events: readonly Event[] = [
  { weight: 30, run: decide },
  { weight: 3, run: undo },
  { weight: 3, run: resolve },
  {
    weight: 6,
    run: ({ world, scene }) => editContent(world.dice.pick(world.servers).deps, scene, world.dice),
  },
  {
    weight: 3,
    run: ({ world, scene }) =>
      republish(world.dice.pick(world.servers).deps, scene, world.ground, world.dice),
  },
  { weight: 1, run: ({ world, scene }) => deleteKey(world.dice.pick(world.servers).deps, scene, world.dice) },
  { weight: 1, run: ({ world, scene }) => relink(world.dice.pick(world.servers).deps, scene, world.dice) },
  { weight: 1, run: ({ world }) => changeRole(world) },
  { weight: 1.5, run: ({ world }) => giveProducts(world) },
  { weight: 0.8, run: ({ world }) => shutOut(world) },
  { weight: 1.5, run: ({ world }) => contend(world) },
  { weight: 2, run: ({ world, registry }) => overreach(world, registry) },
  { weight: 1.5, run: ({ world }) => comeBack(world) },
  { weight: 0.7, run: ({ world }) => moveVersion(world) },
  {
    weight: 12,
    run: ({ world }) => {
      const milliseconds = world.dice.pick([60, 400, 1_500, 2_500, 2_500, 5_000, 11_000]);
      world.time.pass(milliseconds);
      return `${milliseconds} ms pass`;
    },
  },
  {
    weight: 4,
    run: ({ world }) => {
      const client = world.dice.pick(names(world));
      const { number } = world.dice.pick(world.servers);
      world.network.cut(client, number);
      return `${client} cannot reach s${number}`;
    },
  },
  {
    weight: 3,
    run: ({ world }) => {
      world.network.heal();
      return 'the network is whole again';
    },
  },
  {
    weight: 6,
    run: ({ world }) => {
      const wires = [...world.dialling.wires].filter(({ open }) => open());
      if (wires.length === 0) return 'nothing to cut';
      const wire = world.dice.pick(wires);
      if (world.dice.chance(0.5)) wire.breakWhole();
      else wire.breakAtClient();
      return `${wire.client} loses its connection`;
    },
  },
  {
    weight: 4,
    run: ({ world }) => {
      const { exchanges } = world.http;
      if (exchanges.size === 0) return 'nothing is asked';
      const exchange = world.dice.pick([...exchanges]);
      exchange.giveUp();
      return `${exchange.client} gives up on ${exchange.path.slice(0, 40)}`;
    },
  },
  {
    weight: 2,
    run: async ({ world }) => {
      const desk = world.dice.pick(world.desks);
      if (world.dice.chance(0.5)) desk.losePower(world.dice);
      else desk.kill();
      const wiped = world.dice.chance(0.15);
      if (wiped) desk.copy.wipe();
      await world.settle();
      await desk.start();
      return `${desk.name} is killed${wiped ? ' and loses its copy' : ''}`;
    },
  },
  {
    weight: 2,
    run: ({ world }) => {
      const desk = world.dice.pick(world.desks);
      desk.skew = world.dice.pick(skews);
      return `${desk.name}’s clock is off by ${desk.skew / hour} h`;
    },
  },
  {
    weight: 0.5,
    run: async ({ world }) => {
      const { number } = world.dice.pick(world.servers);
      await world.restartServer(number);
      return `s${number} is killed`;
    },
  },
  {
    weight: 1,
    run: async ({ world }) => {
      const gateway = world.dice.pick(world.gateways);
      await gateway.stop();
      await gateway.start();
      return `${gateway.name} starts again`;
    },
  },
  {
    weight: 3,
    run: ({ world, scene, findings }) => forge(world, world.dice.pick(world.desks), scene, findings),
  },
  { weight: 5, run: ({ world, scene, registry }) => attempt(world, scene, registry) },
];

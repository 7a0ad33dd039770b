/** What is held against what, once a schedule has come to its end. */
import { outcomeSchema, type Outcome } from '../../domain/outcomes.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { entityKinds } from '../../domain/entities.ts';
import type { Findings } from '../faults/check.ts';
import { keyOf, visibleRows } from '../rights/model.ts';
import { tablesOf } from './visible.ts';
import { checkClosing } from './closing.ts';
import { entitled, passing } from './enforced.ts';
import { readCommits } from './log.ts';
import { intentKey, type Model } from './model.ts';
import type { Scene } from './scene.ts';
import { readJournal, register, type Registry } from './registry.ts';
import type { Rows } from './rows.ts';
import type { Standing } from './standing.ts';
import type { DeskNode } from './desk.ts';
import type { World } from './world.ts';

/** Follows the log to its end; at each place where a gateway stood, what it enforced is held against the rows. */
async function followLog(
  world: World,
  standing: Standing,
  scene: Scene,
  registry: Registry,
  findings: Findings,
): Promise<void> {
  const { model } = standing;
  const openings = model.openings.length;
  const commits = await readCommits(dbOf(world), standing.seq);
  const at = new Map<number, string>();
  const enforced = world.gateways.map((gateway) => ({ gateway, states: gateway.takeEnforced() }));
  const hold = (to: number, now: string): void => {
    for (const { gateway, states } of enforced) {
      for (const state of states) {
        if (state.seq !== to) continue;
        const services = [...model.rows.service.values()].filter((row) => row.gatewayId === gateway.id);
        const open = passing(
          state,
          scene,
          services.map(({ id }) => id),
        );
        const right = entitled(model.rows, scene, gateway.id, now);
        for (const pair of open)
          if (!right.has(pair)) findings.add('unauthorised', `${gateway.name} lets ${pair} through at ${to}`);
        for (const pair of right)
          if (!open.has(pair)) findings.add('lost', `${gateway.name} does not let ${pair} through at ${to}`);
      }
    }
  };
  for (const commit of commits) {
    model.follow(commit, registry.made, findings);
    hold(commit.to, commit.at);
    at.set(commit.to, commit.at);
    standing.seq = commit.to;
  }
  for (const { gateway, states } of enforced) {
    let last = 0;
    for (const { seq } of states) {
      if (seq < last) findings.add('unauthorised', `${gateway.name} went back from ${last} to ${seq}`);
      last = seq;
    }
  }
  checkClosing(model, model.openings.slice(openings), registry.made, findings);
}

function dbOf({ servers }: World) {
  const [server] = servers;
  if (!server) throw new Error('a world needs a server');
  return server.deps.db;
}

/** What a desk says of itself, of what had not left when its device was removed. */
function isOfRemoved({ code }: Outcome, { devices }: DeskNode): boolean {
  return code === 'device_revoked' && devices.size > 1;
}

/**
 * Each intent that an admin was told is recorded has exactly one outcome, in the log and on the desk, or was taken back. One
 * outcome, whichever of its devices the desk was when it asked.
 */
function checkIntents(world: World, model: Model, registry: Registry, findings: Findings): void {
  const journals = new Map(world.desks.map((desk) => [desk, readJournal(desk)]));
  for (const { desk, intent } of registry.acknowledged) {
    if (!journals.get(desk)?.has(intent))
      findings.add('lost', `${desk.name}: ${intent} is not in the journal`);
  }
  for (const [desk, journal] of journals) {
    for (const [id, { outcomes, cancelled }] of journal) {
      const all = [...desk.devices].flatMap((device) => model.outcomes.get(intentKey(device, id)) ?? []);
      const [answered] = all;
      const [told] = outcomes;
      if (all.length > 1)
        findings.add('doubled', `${desk.name}: ${id} has ${all.length} outcomes in the log`);
      if (outcomes.length > 1)
        findings.add('doubled', `${desk.name}: ${id} was told ${outcomes.length} outcomes`);
      if (!answered && told !== undefined && isOfRemoved(outcomeSchema.parse(JSON.parse(told)), desk))
        continue;
      if (cancelled && answered)
        findings.add('unauthorised', `${desk.name}: ${id} was taken back and answered`);
      if (!cancelled && !answered) findings.add('lost', `${desk.name}: ${id} has no outcome`);
      if (!cancelled && outcomes.length === 0)
        findings.add('lost', `${desk.name}: ${id} was never told its outcome`);
      if (answered && told !== undefined && canonicalJson(JSON.parse(told)) !== canonicalJson(answered))
        findings.add('unauthorised', `${desk.name}: ${id} was told ${told}`);
    }
  }
}

const texts = new WeakMap<object, string>();

/** Canonical JSON; most rows are asked for again after each schedule and are still the same. */
function textOf(row: object): string {
  const text = texts.get(row) ?? canonicalJson(row);
  texts.set(row, text);
  return text;
}

type Texts = ReadonlyMap<string, string>;

function textsOf(rows: Rows): Texts {
  return new Map(
    entityKinds.flatMap((kind) =>
      [...rows[kind].values()].map((row) => [keyOf(kind, row.id), textOf(row)] as const),
    ),
  );
}

/** All there is, or what belongs to the products of their owner, looked up the plain way. */
function visibleTo(desk: DeskNode, rows: Rows): Texts {
  const admin = rows.admin.get(desk.session().admin.id);
  return admin?.role === 'product-owner' ? visibleRows(tablesOf(rows), admin.productIds) : textsOf(rows);
}

/** Differences between what should be there and what is. */
function* differences(there: Texts, here: Texts): Generator<string> {
  for (const [key, text] of there) {
    const copy = here.get(key);
    if (copy === undefined) yield `${key} is missing`;
    else if (copy !== text) yield `${key} is ${copy}, not ${text}`;
  }
  for (const key of here.keys()) if (!there.has(key)) yield `${key} is there, and should not be`;
}

const tables = [
  ['developer', 'developers'],
  ['application', 'applications'],
  ['registration', 'registrations'],
  ['credential', 'credentials'],
  ['publication', 'publications'],
] as const;

/** The tables say what the log says, and so does every copy. */
async function checkRows(world: World, model: Model, findings: Findings): Promise<void> {
  for (const desk of world.desks)
    for (const difference of differences(visibleTo(desk, model.rows), textsOf(desk.copy.rows)))
      findings.add(difference.endsWith('missing') ? 'lost' : 'unauthorised', `${desk.name}: ${difference}`);
  const db = dbOf(world);
  for (const [kind, table] of tables) {
    const rows = await db.selectFrom(table).selectAll().execute();
    for (const row of rows) {
      const logged = model.rows[kind].get(row.id);
      if (!logged || canonicalJson(row) !== textOf(logged))
        findings.add(
          'unauthorised',
          `the table says ${canonicalJson(row)}, the log ${canonicalJson(logged ?? null)}`,
        );
    }
    if (rows.length !== model.rows[kind].size) findings.add('lost', `the tables lack a ${kind} of the log`);
  }
}

/** Nobody who was shut out is still connected. */
function checkConnections({ dialling, ended }: World, findings: Findings): void {
  for (const { client, token, open } of dialling.wires)
    if (open() && ended.has(token))
      findings.add('unauthorised', `${client} is still connected, and was shut out`);
}

/** What the hostile client brought about: nothing but refusals. */
function checkHostile(world: World, model: Model, findings: Findings): void {
  const { device, admin } = world.hostile;
  for (const [key, { kind }] of model.outcomes) {
    if (key.startsWith(device) && kind !== 'refused')
      findings.add('unauthorised', `${key} of a viewer: ${kind}`);
  }
  for (const { actor, row } of model.steps)
    if (actor === `admin:${admin.id}`) findings.add('unauthorised', `a viewer changed ${row}`);
}

export async function verify(
  world: World,
  standing: Standing,
  scene: Scene,
  registry: Registry,
  findings: Findings,
): Promise<void> {
  register(registry, world.desks);
  await followLog(world, standing, scene, registry, findings);
  checkIntents(world, standing.model, registry, findings);
  await checkRows(world, standing.model, findings);
  checkHostile(world, standing.model, findings);
  checkConnections(world, findings);
  for (const line of world.takeInternal()) findings.add('lost', `a server failed: ${line.slice(0, 400)}`);
}

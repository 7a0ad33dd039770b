import { describe, expect, it } from 'vitest';
import type { Intent, Target } from './intents.ts';
import type { Action } from './states.ts';
import { devices, makeIntent } from './testing/intents.ts';
import { createWorld, edit, ids, look, republish, submit, type World } from './testing/world.ts';

function target(kind: Target['kind'] & keyof typeof ids): Target {
  return { kind, id: ids[kind] };
}

/** An intent on what the admin sees right now. */
function fresh(
  world: World,
  action: Action,
  kind: 'developer' | 'application' | 'registration',
  device?: string,
): Intent {
  return makeIntent({
    action,
    target: target(kind),
    basis: look(world, kind),
    ...(device ? { device } : {}),
  });
}

describe('the decision order', () => {
  it('1: answers a known intent with the stored outcome, and refuses its id on another wish', () => {
    const world = createWorld();
    const approve = fresh(world, 'approve', 'developer');
    const first = submit(world, approve);
    const before = structuredClone(world.rows);
    expect(submit(world, approve)).toMatchObject({ outcome: first.outcome, change: null, repeated: true });
    expect(submit(world, { ...approve, action: 'reject' }).outcome).toMatchObject({
      kind: 'refused',
      code: 'intent_reused',
    });
    expect(world.rows).toEqual(before);
    expect(submit(world, approve).outcome).toEqual(first.outcome);
  });

  it('2: refuses without the right, and what does not exist', () => {
    const world = createWorld();
    expect(submit(world, fresh(world, 'approve', 'developer'), false).outcome).toMatchObject({
      kind: 'refused',
      code: 'forbidden',
    });
    world.rows.delete(ids.application);
    const gone = makeIntent({ action: 'revoke', target: target('application'), basis: {} });
    expect(submit(world, gone).outcome).toMatchObject({ kind: 'refused', code: 'target_gone' });
  });

  it.each(['pasted \u0000 text', 'half a \ud83d pair', 'the other \ude00 half'])(
    '2: refuses a reason that cannot be kept (%j), and holds nothing of it',
    (reason) => {
      const world = createWorld();
      const before = structuredClone(world.rows);
      const reject = { ...fresh(world, 'reject', 'developer'), reason };
      const first = submit(world, reject);
      expect(first).toMatchObject({ outcome: { kind: 'refused', code: 'invalid_input' }, change: null });
      expect(JSON.stringify(first)).not.toContain('pa');
      expect(world.rows).toEqual(before);
      expect(submit(world, reject)).toMatchObject({ outcome: first.outcome, repeated: true });
    },
  );

  it.each([
    ['approve', 'approved'],
    ['reinstate', 'approved'],
    ['reject', 'rejected'],
    ['reject', 'revoked'],
    ['reject', 'withdrawn'],
    ['revoke', 'revoked'],
    ['revoke', 'rejected'],
    ['reopen', 'pending'],
  ] as const)('3: %s of what is %s already does nothing, on any basis', (action, state) => {
    const world = createWorld({ registration: state });
    const old = makeIntent({ action, target: target('registration'), basis: {} });
    expect(submit(world, old).outcome).toMatchObject({ kind: 'noop', state, revisions: {} });
  });

  it('4: revokes and deletes on any basis', () => {
    const world = createWorld({ registration: 'approved' });
    const basis = look(world, 'registration');
    edit(world, ids.registration);
    expect(
      submit(world, makeIntent({ action: 'revoke', target: target('registration'), basis })).outcome,
    ).toMatchObject({
      kind: 'applied',
      state: 'revoked',
    });
    expect(
      submit(world, makeIntent({ action: 'delete', target: target('registration'), basis: {} })).outcome,
    ).toMatchObject({
      kind: 'applied',
      state: 'deleted',
    });
  });

  it('5: a reject of what was approved since is applied as a revoke and keeps its reason', () => {
    const world = createWorld();
    const reject = makeIntent({
      action: 'reject',
      target: target('developer'),
      basis: look(world, 'developer'),
      device: devices.dana,
      reason: 'known spammer',
    });
    submit(world, fresh(world, 'approve', 'developer'));
    expect(submit(world, reject).outcome).toMatchObject({
      kind: 'applied',
      action: 'revoke',
      state: 'revoked',
    });
    expect(world.rows.get(ids.developer)?.decision).toMatchObject({
      action: 'revoke',
      reason: 'known spammer',
    });
  });

  it('6: a reject of what the requester changed since is stale', () => {
    const world = createWorld();
    const reject = fresh(world, 'reject', 'application');
    edit(world, ids.application);
    expect(submit(world, reject).outcome).toMatchObject({
      kind: 'stale',
      code: 'content_changed',
      state: 'pending',
    });
  });

  it('7: an approval on an old basis is superseded by a decision, with who, when and why, else stale', () => {
    const world = createWorld();
    const approve = fresh(world, 'approve', 'developer');
    const reject = makeIntent({
      action: 'reject',
      target: target('developer'),
      basis: look(world, 'developer'),
      device: devices.dana,
      reason: 'no',
    });
    submit(world, reject);
    expect(submit(world, approve).outcome).toMatchObject({
      kind: 'superseded',
      code: 'decided_otherwise',
      decision: { actor: `admin:${devices.dana}`, action: 'reject', reason: 'no' },
    });
    const other = createWorld();
    const stale = fresh(other, 'approve', 'registration');
    edit(other, ids.developer);
    expect(submit(other, stale).outcome).toMatchObject({ kind: 'stale', decision: null });
    const third = createWorld();
    const overtaken = fresh(third, 'approve', 'registration');
    republish(third);
    expect(submit(third, overtaken).outcome).toMatchObject({
      kind: 'superseded',
      decision: { actor: 'admin:owner' },
    });
  });

  it('8: refuses what is illegal, applies the rest', () => {
    const world = createWorld();
    expect(submit(world, fresh(world, 'reinstate', 'developer')).outcome).toMatchObject({
      kind: 'refused',
      code: 'illegal_transition',
    });
    expect(submit(world, fresh(world, 'revoke', 'developer')).outcome).toMatchObject({ kind: 'refused' });
    expect(submit(world, fresh(world, 'approve', 'developer')).outcome).toMatchObject({
      kind: 'applied',
      state: 'approved',
    });
  });
});

describe('after', () => {
  it('lets a chain made offline go through: developer, then application, then registration', () => {
    const world = createWorld();
    const basis = look(world, 'registration');
    const developer = makeIntent({ action: 'approve', target: target('developer'), basis });
    const application = makeIntent({
      action: 'approve',
      target: target('application'),
      basis,
      after: developer.id,
    });
    const registration = makeIntent({
      action: 'approve',
      target: target('registration'),
      basis,
      after: application.id,
    });
    for (const intent of [developer, application, registration]) {
      expect(submit(world, intent).outcome.kind).toBe('applied');
    }
  });

  it('entitles to nothing once somebody decided in between', () => {
    const world = createWorld();
    const basis = look(world, 'application');
    const developer = makeIntent({ action: 'approve', target: target('developer'), basis });
    const application = makeIntent({
      action: 'approve',
      target: target('application'),
      basis,
      after: developer.id,
    });
    submit(world, developer);
    submit(world, fresh(world, 'revoke', 'developer', devices.dana));
    expect(submit(world, application).outcome).toMatchObject({
      kind: 'superseded',
      decision: { action: 'revoke' },
    });
  });

  it('never turns a closing into a right to reopen over another admin', () => {
    const world = createWorld({ developer: 'approved' });
    const basis = look(world, 'developer');
    submit(world, fresh(world, 'revoke', 'developer', devices.dana));
    const revoke = makeIntent({ action: 'revoke', target: target('developer'), basis });
    const reinstate = makeIntent({
      action: 'reinstate',
      target: target('developer'),
      basis,
      after: revoke.id,
    });
    expect(submit(world, revoke).outcome.kind).toBe('noop');
    expect(submit(world, reinstate).outcome.kind).toBe('superseded');
  });

  it('is only ever the same device, and only what was stored', () => {
    const world = createWorld();
    const basis = look(world, 'application');
    const developer = makeIntent({
      action: 'approve',
      target: target('developer'),
      basis,
      device: devices.dana,
    });
    submit(world, developer);
    const application = makeIntent({
      action: 'approve',
      target: target('application'),
      basis,
      after: developer.id,
    });
    expect(submit(world, application).outcome.kind).toBe('superseded');
  });
});

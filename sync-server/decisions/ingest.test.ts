import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import { revokeDevice } from '../admins/people.ts';
import { enrolledAnew, signedInAdmin, type TestAdmin } from '../admins/testing.ts';
import { readItems } from '../audit/items.ts';
import { verifyDatabase } from '../audit/verify-sources.ts';
import { createTestDeps, type TestDeps } from '../config/testing.ts';
import { createAuthority, type DecideSlice } from './authority.ts';
import type { DecisionFact } from './notify.ts';
import { createTestPortal, testIntent, type TestRequest } from './testing.ts';

let test: TestDeps;
let decide: DecideSlice;
let dana: TestAdmin;
let erik: TestAdmin;
const told: DecisionFact[] = [];

beforeAll(async () => {
  test = await createTestDeps();
  decide = createAuthority(test.deps, async (_change, facts) => {
    told.push(...facts);
  });
  dana = await signedInAdmin(test.deps);
  erik = await signedInAdmin(test.deps);
});

afterAll(() => test.close());

async function request(): Promise<TestRequest> {
  const { requests } = await createTestPortal(test.deps.commit, 1);
  const [only] = requests;
  if (!only) throw new Error('no request');
  return only;
}

function as(admin: TestAdmin, ...intents: Intent[]): Promise<Outcome[]> {
  return decide({ adminId: admin.id, device: admin.device }, intents);
}

async function one(admin: TestAdmin, intent: Intent): Promise<Outcome> {
  const [outcome] = await as(admin, intent);
  if (!outcome) throw new Error('no outcome');
  return outcome;
}

function head(): Promise<number> {
  return test.deps.db
    .selectFrom('logHead')
    .select('seq')
    .executeTakeFirstOrThrow()
    .then(({ seq }) => seq);
}

function developerRow(id: string) {
  return test.deps.db.selectFrom('developers').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The admin's device is removed, and they sign in anew, as another one. */
async function removedAndBack({ id, device }: TestAdmin): Promise<string> {
  await test.deps.commit((change) => revokeDevice(change, { device, adminId: id }, { actor: `admin:${id}` }));
  return (await enrolledAnew(test.deps, id)).device;
}

describe('an intent', () => {
  it('is found in the audit of its portal, whatever became of it and of its target', async () => {
    const viewer = await signedInAdmin(test.deps, 'viewer');
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const refused = testIntent(viewer.device, 'approve', target);
    const deleted = testIntent(dana.device, 'delete', target);
    const late = testIntent(dana.device, 'approve', target);
    const nowhere = testIntent(dana.device, 'approve', { kind: 'developer', id: crypto.randomUUID() });
    await as(viewer, refused);
    await as(dana, deleted);
    await as(dana, late, nowhere);
    const items = await readItems(
      test.deps.db,
      { portalId: developer.portalId, kind: 'outcome' },
      { limit: 10 },
    );
    expect(items.map(({ intent, action }) => [intent, action])).toEqual([
      [late.id, 'refused'],
      [deleted.id, 'applied'],
      [refused.id, 'refused'],
    ]);
    expect(await verifyDatabase(test.deps.db, [])).toMatchObject({ breaks: [] });
  });

  it('is applied: row, log, outcome and word to the requester in one commit', async () => {
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const before = await head();
    const intent = testIntent(dana.device, 'approve', target, { reason: 'welcome' });
    const outcome = await one(dana, intent);
    expect(outcome).toMatchObject({ kind: 'applied', code: null, state: 'approved', intent: intent.id });
    expect(outcome.revisions).toEqual({ [developer.id]: 2 });
    expect(await developerRow(developer.id)).toEqual({
      ...developer,
      state: 'approved',
      revision: 2,
      decidedRevision: 2,
      decidedBy: `admin:${dana.id}`,
      decidedAt: outcome.committedAt,
      decidedAction: 'approve',
      reason: 'welcome',
    });
    const log = await test.deps.db
      .selectFrom('changeLog')
      .selectAll()
      .where('seq', '>', before)
      .orderBy('seq')
      .execute();
    expect(log.map(({ kind, entity, actor }) => [kind, entity, actor])).toEqual([
      ['row', 'developer', `admin:${dana.id}`],
      ['outcome', 'intent', `admin:${dana.id}`],
    ]);
    expect(log[1]).toMatchObject({ device: dana.device, intent: intent.id, batch: intent.batch });
    expect(JSON.parse(String(log[1]?.payload))).toEqual(outcome);
    expect(told.at(-1)).toMatchObject({
      id: developer.id,
      action: 'approve',
      developer: { state: 'approved' },
    });
    const stored = await test.deps.db
      .selectFrom('intentOutcomes')
      .select('seq')
      .where('intent', '=', intent.id)
      .execute();
    expect(stored).toEqual([{ seq: log[1]?.seq }]);
  });

  it('is superseded by another admin, who is named with when and why', async () => {
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const rejected = await one(erik, testIntent(erik.device, 'reject', target, { reason: 'a duplicate' }));
    const outcome = await one(dana, testIntent(dana.device, 'approve', target));
    expect(outcome).toMatchObject({
      kind: 'superseded',
      code: 'decided_otherwise',
      state: 'rejected',
      decision: {
        actor: `admin:${erik.id}`,
        at: rejected.committedAt,
        action: 'reject',
        reason: 'a duplicate',
      },
    });
    expect(await developerRow(developer.id)).toMatchObject({ state: 'rejected', revision: 2 });
  });

  it('is stale where the requester changed what was judged', async () => {
    const { application } = await request();
    await test.deps.commit((change) =>
      change.put('application', [{ ...application, description: 'more', revision: 2, contentRevision: 2 }], {
        actor: 'developer:x',
      }),
    );
    const target = { kind: 'application', id: application.id } as const;
    for (const action of ['approve', 'reject'] as const) {
      expect(await one(dana, testIntent(dana.device, action, target))).toMatchObject({
        kind: 'stale',
        code: 'content_changed',
        state: 'pending',
      });
    }
  });

  it('is stale where a row beside the target changed: the publication of a registration', async () => {
    const { requests, publication } = await createTestPortal(test.deps.commit, 1);
    await test.deps.commit((change) =>
      change.put('publication', [{ ...publication, live: false, revision: 2 }], { actor: 'admin:x' }),
    );
    const target = { kind: 'registration', id: requests[0]?.registration.id ?? '' } as const;
    const outcome = await one(dana, testIntent(dana.device, 'approve', target));
    expect(outcome).toMatchObject({ kind: 'stale', code: 'content_changed' });
  });

  it('is refused without the right, without a target, from a foreign device', async () => {
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const viewer = await signedInAdmin(test.deps, 'viewer');
    const reviewer = await signedInAdmin(test.deps, 'reviewer');
    const refused = [
      await one(viewer, testIntent(viewer.device, 'approve', target)),
      await one(reviewer, testIntent(reviewer.device, 'delete', target)),
      await one(dana, testIntent(dana.device, 'approve', { kind: 'developer', id: crypto.randomUUID() })),
      await one(dana, testIntent(erik.device, 'approve', target)),
      await one(dana, testIntent(dana.device, 'reinstate', target)),
    ];
    expect(refused.map(({ kind, code }) => [kind, code])).toEqual([
      ['refused', 'forbidden'],
      ['refused', 'forbidden'],
      ['refused', 'target_gone'],
      ['refused', 'device_foreign'],
      ['refused', 'illegal_transition'],
    ]);
    expect(await developerRow(developer.id)).toEqual(developer);
  });

  it('is told again to its admin who is another device by now, and to nobody else', async () => {
    const { developer } = await request();
    const former = await signedInAdmin(test.deps);
    const target = { kind: 'developer', id: developer.id } as const;
    const decided = testIntent(former.device, 'approve', target);
    const undecided = testIntent(former.device, 'revoke', target);
    const applied = await one(former, decided);
    const device = await removedAndBack(former);
    const before = await head();
    const again = await decide({ adminId: former.id, device }, [decided]);
    expect(again).toEqual([applied]);
    expect(await head()).toBe(before);
    const others = await decide({ adminId: former.id, device }, [
      { ...decided, action: 'revoke' },
      undecided,
    ]);
    expect(others.map(({ kind, code }) => [kind, code])).toEqual([
      ['refused', 'device_revoked'],
      ['refused', 'device_revoked'],
    ]);
    expect(await one(dana, decided)).toMatchObject({ kind: 'refused', code: 'device_foreign' });
    expect(await developerRow(developer.id)).toMatchObject({ state: 'approved' });
  });

  it('is answered again when it is sent again, and changes nothing', async () => {
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const intent = testIntent(dana.device, 'approve', target);
    const first = await one(dana, intent);
    await one(erik, testIntent(erik.device, 'revoke', target));
    const before = await head();
    expect(await one(dana, intent)).toEqual(first);
    expect(await as(dana, intent, intent)).toEqual([first, first]);
    expect(await one(dana, { ...intent, reason: 'something else' })).toMatchObject({
      kind: 'refused',
      code: 'intent_reused',
    });
    expect(await head()).toBe(before);
    expect(await developerRow(developer.id)).toMatchObject({ state: 'revoked' });
  });

  it('twice in one slice is decided once', async () => {
    const { developer } = await request();
    const intent = testIntent(dana.device, 'approve', { kind: 'developer', id: developer.id });
    const [first, second] = await as(dana, intent, intent);
    expect(second).toEqual(first);
    expect(await developerRow(developer.id)).toMatchObject({ revision: 2 });
  });

  it('builds on an earlier one of the same device, in the same slice or a later one', async () => {
    const { developer, application, registration } = await request();
    const first = testIntent(dana.device, 'approve', { kind: 'developer', id: developer.id });
    const second = testIntent(
      dana.device,
      'approve',
      { kind: 'application', id: application.id },
      { after: first.id },
    );
    const third = testIntent(
      dana.device,
      'approve',
      { kind: 'registration', id: registration.id },
      { after: second.id },
    );
    const without = testIntent(dana.device, 'approve', { kind: 'application', id: application.id });
    const outcomes = [...(await as(dana, first, without, second)), await one(dana, third)];
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'superseded', 'applied', 'applied']);
  });

  it('that changes a row twice leaves both images in the log', async () => {
    const { developer } = await request();
    const target = { kind: 'developer', id: developer.id } as const;
    const approve = testIntent(dana.device, 'approve', target);
    const revoke = testIntent(dana.device, 'revoke', target, { after: approve.id });
    expect((await as(dana, approve, revoke)).map(({ kind }) => kind)).toEqual(['applied', 'applied']);
    const images = await test.deps.db
      .selectFrom('changeLog')
      .select('payload')
      .where('entityId', '=', developer.id)
      .where('kind', '=', 'row')
      .orderBy('seq')
      .execute();
    const states = images.map(({ payload }) => {
      const image: unknown = JSON.parse(String(payload));
      return typeof image === 'object' && image && 'state' in image ? image.state : null;
    });
    expect(states).toEqual(['pending', 'approved', 'revoked']);
  });
});

describe('a deletion', () => {
  it('takes along all that hangs on the developer, and is remembered', async () => {
    const { developer, application, registration, credential } = await request();
    const gone = await as(
      dana,
      testIntent(dana.device, 'delete', { kind: 'developer', id: developer.id }),
      testIntent(dana.device, 'approve', { kind: 'registration', id: registration.id }),
    );
    expect(gone.map(({ kind, code, state }) => [kind, code, state])).toEqual([
      ['applied', null, 'deleted'],
      ['refused', 'target_gone', null],
    ]);
    for (const table of ['developers', 'applications', 'registrations', 'credentials'] as const) {
      const ids = [developer.id, application.id, registration.id, credential.id];
      expect(await test.deps.db.selectFrom(table).select('id').where('id', 'in', ids).execute()).toEqual([]);
    }
    const remembered = await test.deps.db
      .selectFrom('deletedRecords')
      .select(['entity', 'emailNormal', 'referenceId', 'state', 'deletedBy'])
      .where('developerId', '=', developer.id)
      .orderBy('entity')
      .execute();
    const common = { emailNormal: developer.email, state: 'pending', deletedBy: `admin:${dana.id}` };
    expect(remembered).toEqual([
      { ...common, entity: 'application', referenceId: application.referenceId },
      { ...common, entity: 'developer', referenceId: null },
      { ...common, entity: 'registration', referenceId: null },
    ]);
    expect(told.at(-1)).toMatchObject({ action: 'delete', developer: { email: developer.email } });
  });

  it('of a row that the same slice changed before leaves it deleted', async () => {
    const { application } = await request();
    const target = { kind: 'application', id: application.id } as const;
    const reject = testIntent(dana.device, 'reject', target);
    const outcomes = await as(dana, reject, testIntent(dana.device, 'delete', target));
    expect(outcomes.map(({ kind, state }) => [kind, state])).toEqual([
      ['applied', 'rejected'],
      ['applied', 'deleted'],
    ]);
    const left = await test.deps.db
      .selectFrom('applications')
      .select('id')
      .where('id', '=', application.id)
      .execute();
    expect(left).toEqual([]);
  });
});

describe('the authority', () => {
  it('asks for the right at the moment of the decision', async () => {
    const { developer } = await request();
    const admin = await signedInAdmin(test.deps, 'reviewer');
    const intent = () => testIntent(admin.device, 'approve', { kind: 'developer', id: developer.id });
    await test.deps.db.updateTable('admins').set({ role: 'viewer' }).where('id', '=', admin.id).execute();
    expect(await one(admin, intent())).toMatchObject({ kind: 'refused', code: 'forbidden' });
    await test.deps.db
      .updateTable('devices')
      .set({ revokedAt: new Date().toISOString() })
      .where('id', '=', admin.device)
      .execute();
    await expect(as(admin, intent())).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('decides ten thousand within seconds', async () => {
    const { requests } = await createTestPortal(test.deps.commit, 10_000);
    const intents = requests.map(({ developer }) =>
      testIntent(dana.device, 'approve', { kind: 'developer', id: developer.id }),
    );
    const began = performance.now();
    let applied = 0;
    for (let from = 0; from < intents.length; from += 1_000) {
      const outcomes = await as(dana, ...intents.slice(from, from + 1_000));
      applied += outcomes.filter(({ kind }) => kind === 'applied').length;
    }
    expect(applied).toBe(10_000);
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

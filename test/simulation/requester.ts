/** What developers and owners do at the server meanwhile: they change content, publications, links and keys. */
import type { Row } from '../../domain/entities.ts';
import type { Change } from '../../sync-server/changelog/commit.ts';
import type { AppDeps } from '../../sync-server/app.ts';
import type { Dice } from './dice.ts';
import { system, type Ground } from './portal.ts';
import type { Scene } from './scene.ts';

type Editable = 'developer' | 'application' | 'registration';
const tables = {
  developer: 'developers',
  application: 'applications',
  registration: 'registrations',
} as const;

/** The requester changes what admins judge; what was rejected waits again. */
export async function editContent(deps: AppDeps, scene: Scene, dice: Dice): Promise<string> {
  const kind: Editable = dice.pick(['developer', 'application', 'registration'] as const);
  const ids = {
    developer: scene.developers,
    application: scene.applications,
    registration: scene.registrations,
  }[kind].map(({ id }) => id);
  const id = dice.pick(ids);
  await deps.commit((change) => edit(change, kind, id));
  return `${kind} ${id.slice(-6)} changed`;
}

async function edit(change: Change, kind: Editable, id: string): Promise<void> {
  const by = { actor: 'developer:someone' };
  const waiting = <S extends string>(state: S): S | 'pending' => (state === 'rejected' ? 'pending' : state);
  const next = (revision: number) => ({ revision: revision + 1, contentRevision: revision + 1 });
  switch (kind) {
    case 'developer': {
      const row = await change.db
        .selectFrom(tables[kind])
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      if (row) await change.put(kind, [{ ...row, ...next(row.revision), state: waiting(row.state) }], by);
      return;
    }
    case 'application': {
      const row = await change.db
        .selectFrom(tables[kind])
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      if (row) await change.put(kind, [{ ...row, ...next(row.revision), state: waiting(row.state) }], by);
      return;
    }
    case 'registration': {
      const row = await change.db
        .selectFrom(tables[kind])
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      if (row) await change.put(kind, [{ ...row, ...next(row.revision), state: waiting(row.state) }], by);
    }
  }
}

/** An owner takes a publication down, puts it up again or gives it another strategy. */
export async function republish(deps: AppDeps, scene: Scene, ground: Ground, dice: Dice): Promise<string> {
  const { id } = dice.pick(scene.publications);
  const toggle = dice.chance(0.5);
  const strategyId = dice.pick(ground.strategies).id;
  await deps.commit(async (change) => {
    const row = await change.db
      .selectFrom('publications')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return;
    const revision = row.revision + 1;
    const next: Row<'publication'> = {
      ...row,
      ...(toggle ? { live: !row.live } : { strategyId }),
      revision,
      decidedRevision: revision,
      decidedBy: 'admin:owner',
      decidedAt: change.now,
      decidedAction: 'approve',
      reason: null,
    };
    await change.put('publication', [next], { actor: 'admin:owner' });
  });
  return `publication ${toggle ? 'up or down' : 'strategy'}`;
}

/** A developer deletes a key; deletion is final. */
export async function deleteKey(deps: AppDeps, scene: Scene, dice: Dice): Promise<string> {
  const { id } = dice.pick(scene.credentials);
  await deps.commit(async (change) => {
    const row = await change.db.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst();
    if (row) await change.drop('credential', [row], { actor: 'developer:someone' });
  });
  return `key ${id.slice(-6)} deleted`;
}

/** An owner links the version to a service, or takes the link away. */
export async function relink(deps: AppDeps, scene: Scene, dice: Dice): Promise<string> {
  const link = dice.pick(scene.links);
  await deps.commit(async (change) => {
    const row = await change.db.selectFrom('links').selectAll().where('id', '=', link.id).executeTakeFirst();
    if (row) await change.drop('link', [row], system);
    else await change.put('link', [link], system);
  });
  return 'link changed';
}

/** Role × action × kind: who decides what, said here once more as a plain table, and tried on the server. */
import { decisionsResponseSchema } from '../../domain/wire/admin.ts';
import type { Role } from '../../domain/entities.ts';
import type { Target } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import { roles } from '../../domain/entities.ts';
import { actions, type Action, type TargetKind } from '../../domain/states.ts';
import { testIntent } from '../../sync-server/decisions/testing.ts';
import type { Findings } from '../faults/check.ts';
import type { World } from './world.ts';

const kinds: readonly TargetKind[] = ['developer', 'application', 'registration', 'credential'];

function allowed(role: Role, action: Action, kind: TargetKind): boolean {
  const table: Record<Role, boolean> = {
    viewer: false,
    'product-owner': kind === 'registration',
    reviewer: !(action === 'delete' && (kind === 'developer' || kind === 'application')),
    owner: true,
  };
  return table[role];
}

async function decide(
  { app, admins }: World,
  role: Role,
  action: Action,
  target: Target,
): Promise<Outcome | undefined> {
  const { device, headers } = admins[role];
  const answer = await app.inject({
    method: 'POST',
    url: '/api/admin/v1/decisions',
    headers: { ...headers },
    payload: { intents: [testIntent(device, action, target)] },
  });
  return decisionsResponseSchema.parse(answer.json()).outcomes[0];
}

/** What an outcome says, whatever it was about. */
const said = (outcome: Outcome | undefined): string =>
  JSON.stringify({ ...outcome, intent: '', committedAt: '' });

/** Answers how many cells there were. */
export async function tryDecisions(world: World, findings: Findings): Promise<number> {
  const { shop, whole } = world;
  let cells = 0;
  for (const role of roles) {
    for (const action of actions) {
      for (const kind of kinds) {
        cells += 1;
        const outcome = await decide(world, role, action, { kind, id: crypto.randomUUID() });
        const code = allowed(role, action, kind) ? 'target_gone' : 'forbidden';
        if (outcome?.kind !== 'refused' || outcome.code !== code) {
          findings.add('unauthorised', `${role}, ${action}, ${kind}: ${said(outcome)} instead of ${code}`);
        }
      }
    }
  }
  // What is another product's, or of a kind that a role does not decide, is like nothing.
  const hidden: readonly [Role, TargetKind][] = [
    ['product-owner', 'registration'],
    ['product-owner', 'application'],
    ['product-owner', 'developer'],
    ['product-owner', 'credential'],
    ['viewer', 'registration'],
    ['viewer', 'developer'],
  ];
  for (const [role, kind] of hidden) {
    for (const action of actions) {
      cells += 1;
      const there = said(await decide(world, role, action, { kind, id: shop.other[kind].id }));
      const nowhere = said(await decide(world, role, action, { kind, id: crypto.randomUUID() }));
      if (there !== nowhere) {
        findings.add('unauthorised', `${role}, ${action}, ${kind}: ${there} where nothing is ${nowhere}`);
      }
    }
  }
  const { rows } = await whole.server.deps.pool.query<{ n: number }>(
    "select count(*)::int as n from change_log where kind = 'row' and actor like 'admin:%'",
  );
  if (rows[0]?.n !== 0) findings.add('unauthorised', 'a row changed without the right to');
  cells += 1;
  const own = await decide(world, 'product-owner', 'approve', {
    kind: 'registration',
    id: shop.own.registration.id,
  });
  if (own?.kind !== 'applied') findings.add('lost', `a product owner’s own request: ${said(own)}`);
  return cells;
}

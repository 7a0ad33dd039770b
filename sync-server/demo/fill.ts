/** Fills a server with the demo: portals, a developer with a working key, and requests to decide. May be done again. */
import { fileURLToPath } from 'node:url';
import type { Deps } from '../config/deps.ts';
import { applyPortalFile } from '../portalfile/apply.ts';
import { readPortalFile } from '../portalfile/read.ts';
import { ensureDeveloper, ensureReviewers, type DemoDeveloper } from './cast.ts';
import { generatePeople, type Added } from './generate.ts';
import { readTargets } from './targets.ts';
import { pointServices } from './upstream-address.ts';

const portalFile = fileURLToPath(new URL('./portal/portal.yaml', import.meta.url));

export interface DemoOptions {
  /** How many there should be when it is done, of this seed. */
  readonly registrations: number;
  readonly seed: string;
  /** Where the demo's APIs answer, where it is not what the portal file says. */
  readonly upstream?: string | undefined;
  readonly progress?: (done: number, total: number) => void;
}

export interface DemoResult {
  readonly portals: 'applied' | 'kept';
  readonly developer: DemoDeveloper;
  readonly added: Added;
}

type DemoDeps = Pick<Deps, 'db' | 'commit' | 'clock'>;

export async function fillDemo(deps: DemoDeps, options: DemoOptions): Promise<DemoResult> {
  const { registrations, seed, upstream, progress = () => undefined } = options;
  const portals = await ensurePortals(deps);
  if (upstream !== undefined) await pointServices(deps, upstream);
  const admins = await ensureReviewers(deps);
  const developer = await ensureDeveloper(deps, admins[0]);
  const [first, ...others] = await readTargets(deps.db);
  const added = first
    ? await generatePeople(
        deps,
        { seed, admins, targets: [first, ...others], now: deps.clock() },
        registrations,
        progress,
      )
    : { developers: 0, applications: 0, registrations: 0 };
  return { portals, developer, added };
}

/** Once: what an admin has changed since stays. */
async function ensurePortals({ db, commit, clock }: DemoDeps): Promise<DemoResult['portals']> {
  const known = await db.selectFrom('portals').select('id').where('name', '=', 'demo').executeTakeFirst();
  if (known) return 'kept';
  // Ids in the order of the file: the portal that comes first is the one that the server shows first.
  const start = clock();
  let made = 0;
  const ticking = (): number => start + made++;
  await applyPortalFile(await readPortalFile(portalFile), { db, commit, clock: ticking, actor: 'system' });
  return 'applied';
}

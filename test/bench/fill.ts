/** Puts a large portal into a server the way everything gets in: by commits, of five thousand registrations each. */
import { randomBytes } from 'node:crypto';
import type { Row } from '../../domain/entities.ts';
import type { Change, Commit } from '../../sync-server/changelog/commit.ts';
import { samplePortal, type Dossier } from './rows.ts';

const system = { actor: 'system' };
const perCommit = 5_000;

export interface Filled {
  readonly portal: Row<'portal'>;
  /** Rows of all kinds. */
  readonly rows: number;
}

async function put(change: Change, dossiers: readonly Dossier[]): Promise<number> {
  const developers = dossiers.map(({ developer }) => developer);
  const applications = dossiers.flatMap((one) => one.applications);
  const registrations = dossiers.flatMap((one) => one.registrations);
  const credentials = dossiers.flatMap((one) => one.credentials);
  await change.put('developer', developers, system);
  await change.put('application', applications, system);
  await change.put('registration', registrations, system);
  await change.put('credential', credentials, system);
  await change.db
    .insertInto('credentialSecrets')
    .values(credentials.map(({ id, portalId }) => ({ credentialId: id, portalId, hash: randomBytes(32) })))
    .execute();
  return developers.length + applications.length + registrations.length + credentials.length;
}

export async function fill(commit: Commit, registrations: number, admin: string): Promise<Filled> {
  const { base, dossiers } = samplePortal(7, admin);
  let rows = await commit(async (change) => {
    await change.put('strategy', [base.strategy], system);
    await change.put('portal', [base.portal], system);
    await change.put('product', base.products, system);
    await change.put('version', base.versions, system);
    await change.put('publication', base.publications, system);
    return 2 + base.products.length + base.versions.length + base.publications.length;
  });
  let slice: Dossier[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    const full = slice;
    slice = [];
    size = 0;
    if (full.length > 0) rows += await commit((change) => put(change, full));
  };
  for (const dossier of dossiers(registrations)) {
    slice.push(dossier);
    size += dossier.registrations.length;
    if (size >= perCommit) await flush();
  }
  await flush();
  return { portal: base.portal, rows };
}

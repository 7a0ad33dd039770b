/** A portal with developers, applications and registrations to decide about, for tests. */
import type { Row } from '../../domain/entities.ts';
import type { Basis, Intent, Target } from '../../domain/intents.ts';
import type { Action } from '../../domain/states.ts';
import {
  applicationRow,
  credentialRow,
  developerRow,
  portalRow,
  publicationRow,
  registrationRow,
} from '../../domain/testing/rows.ts';
import type { Change, Commit } from '../changelog/commit.ts';

/** One developer with one application that asks for one version; all pending. */
export interface TestRequest {
  readonly developer: Row<'developer'>;
  readonly application: Row<'application'>;
  readonly registration: Row<'registration'>;
  readonly credential: Row<'credential'>;
}

export interface TestPortal {
  readonly portal: Row<'portal'>;
  readonly publication: Row<'publication'>;
  readonly requests: readonly TestRequest[];
}

const id = (): string => crypto.randomUUID();
const system = { actor: 'system' };

function testRequest(number: number, publication: Row<'publication'>): TestRequest {
  const { portalId, strategyId } = publication;
  const developer = developerRow({
    portalId,
    email: `dev-${number}-${portalId.slice(0, 8)}@example.com`,
    name: `Developer "${number}", of Köln\nand elsewhere`,
  });
  const application = applicationRow(developer, { strategyId, name: `App ${number}` });
  const registration = registrationRow(application, publication);
  return { developer, application, registration, credential: credentialRow(application) };
}

/** Puts a portal of its own with `count` requests into the database. */
export async function createTestPortal(commit: Commit, count: number): Promise<TestPortal> {
  const portal = portalRow({ theme: { accent: '#123456' } });
  const publication = publicationRow({ portalId: portal.id, versionId: id(), strategyId: id() });
  const requests = Array.from({ length: count }, (_, number) => testRequest(number, publication));
  await commit(async (change) => {
    await change.put('portal', [portal], system);
    await change.put('publication', [publication], system);
    await putRequests(change, requests);
  });
  return { portal, publication, requests };
}

async function putRequests(change: Change, requests: readonly TestRequest[]): Promise<void> {
  const developers = requests.map(({ developer }) => developer);
  await change.put('developer', developers, system);
  if (developers.length > 0) {
    await change.db
      .insertInto('developerSecrets')
      .values(
        developers.map(({ id: developerId, portalId, email: emailNormal }) => ({
          developerId,
          portalId,
          emailNormal,
          passwordHash: null,
        })),
      )
      .execute();
  }
  await change.put(
    'application',
    requests.map(({ application }) => application),
    system,
  );
  await change.put(
    'registration',
    requests.map(({ registration }) => registration),
    system,
  );
  await change.put(
    'credential',
    requests.map(({ credential }) => credential),
    system,
  );
}

/** The basis of an admin who saw all rows as they were made. */
export const asMade: Basis = { developer: 1, application: 1, registration: 1, publication: 1, credential: 1 };

export function testIntent(
  device: string,
  action: Action,
  target: Target,
  more: Partial<Pick<Intent, 'basis' | 'reason' | 'after' | 'id' | 'batch'>> = {},
): Intent {
  return {
    id: id(),
    device,
    batch: id(),
    action,
    target,
    reason: null,
    decidedAt: '2026-02-03T04:05:06.789Z',
    basis: asMade,
    ...more,
  };
}

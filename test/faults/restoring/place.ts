/**
 * What is restored: a server with a gateway and a desk, and a second server process on its database whose disk forgets
 * what it was not told to keep.
 */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { lineSchema } from '../../../domain/wire/gateway.ts';
import { testDesk, type TestDesk } from '../../../main/core/testing/desk.ts';
import { createCommit, type Commit } from '../../../sync-server/changelog/commit.ts';
import { writeClosings } from '../../../sync-server/closings/log.ts';
import { isoTime, newId } from '../../../sync-server/config/deps.ts';
import {
  createTestPortal,
  type TestPortal,
  type TestRequest,
} from '../../../sync-server/decisions/testing.ts';
import { createGatewayToken } from '../../../sync-server/gateways/tokens.ts';
import { projections } from '../../../sync-server/parts.ts';
import { deskFolders } from '../../support/desk-folder.ts';
import { formBrowser } from '../../support/sign-in.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { hurriedClock } from '../killing/deciding.ts';

export interface Place {
  readonly whole: Whole;
  readonly portal: TestPortal;
  /** One of its requests that is nobody's after a backup: what it had then, it has to have afterwards. */
  readonly spared: TestRequest;
  readonly desk: TestDesk;
  readonly deskFolder: string;
  /** One more desk of the same admin, on a machine of its own; the caller closes it. */
  readonly anotherDesk: () => Promise<TestDesk>;
  readonly pool: () => Pool;
  /** A change by the second process: what developers do. */
  readonly change: Commit;
  /** What a gateway would let through just now, as it is told by the server: key and service. */
  readonly open: () => Promise<ReadonlySet<string>>;
  /** The id of the key in one of these. */
  readonly keyOf: (pair: string) => string;
  /** The machines lose their power: what the second process has not put on its disk is gone. */
  readonly losePower: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const system = { actor: 'system' } as const;

/** A gateway that offers the portal's version as a service, and a key for each application. Answers its token. */
async function openGate({ deps }: Whole['server'], { publication, requests }: TestPortal): Promise<string> {
  const { commit, clock, key } = deps;
  const made = () => ({ id: newId(clock), portalId: null, revision: 1, createdAt: isoTime(clock()) });
  const gateway = { ...made(), region: 'eu', name: 'edge' };
  const rest = { path: '/api', upstream: null, open: false, maxStaleness: null };
  const service = { ...made(), ...rest, gatewayId: gateway.id, name: 'api' };
  const link = { ...made(), versionId: publication.versionId, serviceId: service.id };
  await commit(async (change) => {
    await change.put('gateway', [gateway], system);
    await change.put('service', [service], system);
    await change.put('link', [link], system);
    const secrets = requests.map(({ credential }, index) => {
      const hash = Buffer.alloc(32);
      hash.writeUInt32BE(index + 1);
      return { credentialId: credential.id, portalId: credential.portalId, hash };
    });
    await change.db.insertInto('credentialSecrets').values(secrets).execute();
  });
  return createGatewayToken(deps, { gateway: gateway.id, fingerprint: key.fingerprint });
}

async function askGateway(url: string, token: string): Promise<ReadonlySet<string>> {
  const answer = await fetch(`${url}/api/gateway/v1/snapshot`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`the gateway's snapshot answered ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  const records = lines.map((line) => lineSchema.parse(JSON.parse(line)).record);
  const open = records.flatMap((record) =>
    record.k === 'credential'
      ? records.flatMap((other) =>
          other.k === 'connection' && other.application === record.application
            ? [`${record.hash.slice(0, 8)} → ${other.service}`]
            : [],
        )
      : [],
  );
  return new Set(open);
}

/** Its own log of closings, beside the server's, and how much of it is on the disk for sure. */
function secondProcess(whole: Whole) {
  const path = join(whole.dataDir, 'closings-second.log');
  let kept = 0;
  const beforeDurable = writeClosings(path, async (file) => {
    await file.datasync();
    kept = (await file.stat()).size;
  });
  const change: Commit = (work) => {
    const { db, clock, wake } = whole.server.deps;
    return createCommit({ db, clock, projections, beforeDurable, committed: wake.notify })(work);
  };
  const losePower = (): Promise<void> => truncate(path, kept).catch(() => undefined);
  return { change, losePower };
}

/** `requests` developers, each with an application, a key and a request for one version. */
export async function openPlace(requests: number): Promise<Place> {
  const whole = await startWhole();
  const portal = await createTestPortal(whole.server.deps.commit, requests);
  const [spared] = portal.requests;
  if (!spared) throw new Error('a portal without requests');
  const token = await openGate(whole.server, portal);
  const person = await whole.addAdmin('Ada');
  const folders = await deskFolders();
  const deskFolder = await folders.make();
  const deskIn = async (dataDir: string): Promise<TestDesk> => {
    const server = whole.cable.url;
    const made = await testDesk({ dataDir, server, openBrowser: formBrowser(person), clock: hurriedClock });
    await made.signIn();
    return made;
  };
  const desk = await deskIn(deskFolder);
  return {
    whole,
    portal,
    spared,
    desk,
    deskFolder,
    anotherDesk: async () => deskIn(await folders.make()),
    pool: () => whole.server.deps.pool,
    ...secondProcess(whole),
    open: () => askGateway(whole.server.url, token),
    keyOf: (pair) => portal.requests[parseInt(pair.slice(0, 8), 16) - 1]?.credential.id ?? '',
    close: async () => {
      await desk.close();
      await whole.close();
      await folders.remove();
    },
  };
}

/** A server with accounts in every state, to be asked about. */
import { rm } from 'node:fs/promises';
import type { Row } from '../../../../domain/entities.ts';
import { normalisedEmail } from '../../../../domain/autoapprove.ts';
import { createdAt, developerRow, portalRow } from '../../../../domain/testing/rows.ts';
import { createAdmin } from '../../../../sync-server/admins/accounts.ts';
import {
  confirmAuthenticator,
  beginAuthenticator,
} from '../../../../sync-server/admins/factors/authenticator.ts';
import { codeAt, stepAt } from '../../../../sync-server/admins/factors/totp.ts';
import { deactivateAdmin } from '../../../../sync-server/admins/people.ts';
import { newId } from '../../../../sync-server/config/deps.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { hashPassword } from '../../../../sync-server/passwords/passwords.ts';
import { startServer, type RunningServer } from '../../../../sync-server/server.ts';
import { serverFolder } from '../../../support/whole.ts';

const system = { actor: 'system' } as const;
type State = Row<'developer'>['state'];

export interface Asked {
  readonly url: string;
  /** A new address that looks like all others. */
  readonly email: () => string;
  readonly admin: (kind: 'plain' | 'deactivated' | 'authenticator') => Promise<string>;
  readonly developer: (state: State) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function openServer(random: Random): Promise<Asked> {
  const dataDir = await serverFolder();
  const flags = { dataDir, port: 0, trustedProxies: ['127.0.0.1'] };
  const server: RunningServer = await startServer({ flags, env: {}, logLevel: 'silent' });
  const { commit, clock, db, sealer } = server.deps;
  const portalId = newId(clock);
  await commit((change) => change.put('portal', [portalRow({ id: portalId, name: 'demo' })], system));
  // One verifier for all: what it says is wrong in any case.
  const passwordHash = await hashPassword('nobody enters this');
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const email = (): string =>
    `${Array.from(random.bytes(10), (byte) => letters.charAt(byte % 26)).join('')}@example.com`;

  return {
    url: server.url,
    email,
    async admin(kind) {
      const address = email();
      const password = 'the right one';
      const { id } = await commit((change) =>
        createAdmin(change, clock, { email: address, name: 'Dana', role: 'viewer', password }, system),
      );
      if (kind === 'deactivated') await commit((change) => deactivateAdmin(change, id, system));
      if (kind === 'authenticator') {
        const deps = { db, clock, sealer };
        const code = codeAt(await beginAuthenticator(deps, id), stepAt(clock()));
        await commit((change) => confirmAuthenticator(change, deps, id, code));
      }
      return address;
    },
    async developer(state) {
      const address = email();
      const verifiedAt = state === 'unverified' ? null : createdAt;
      const row = developerRow({ portalId, email: address, state, verifiedAt });
      await commit(async (change) => {
        await change.put('developer', [row], system);
        await change.db
          .insertInto('developerSecrets')
          .values({ developerId: row.id, portalId, emailNormal: normalisedEmail(address), passwordHash })
          .execute();
      });
      return address;
    },
    async close() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** A thousand devices without desks: sessions in the database, sockets that speak the sync protocol. */
import type { Pool } from 'pg';
import WebSocket from 'ws';
import * as Y from 'yjs';
import type { Intent } from '../../../domain/intents.ts';
import { adminPaths } from '../../../domain/wire/admin.ts';
import { syncProtocol } from '../../../domain/wire/protocol.ts';
import { encodeMessage, intentsDocument, listName } from '../../../domain/wire/sync.ts';
import { encodeSync } from '../../../domain/wire/y-sync.ts';
import { createAdmin } from '../../../sync-server/admins/accounts.ts';
import { enrolDevice } from '../../../sync-server/admins/devices.ts';
import { openSession, sessionOfToken } from '../../../sync-server/admins/sessions.ts';
import { createCommit } from '../../../sync-server/changelog/commit.ts';
import { createDb } from '../../../sync-server/db/connect.ts';

export interface Member {
  readonly token: string;
  readonly device: string;
}

/** So many signed-in devices, spread over a few admins. */
export async function enrolCrowd(pool: Pool, size: number, admins: number): Promise<Member[]> {
  const db = createDb(pool);
  const clock = (): number => Date.now();
  const commit = createCommit({ db, clock, projections: [], committed: () => undefined });
  const members: Member[] = [];
  for (let number = 0; number < admins; number++) {
    const person = { email: `crowd-${number}@example.com`, name: `Crowd ${number}`, role: 'owner' as const };
    const { id } = await commit((change) =>
      createAdmin(change, clock, { ...person, password: `the long word of ${number}` }, { actor: 'system' }),
    );
    while (members.length < (size * (number + 1)) / admins) {
      const { access_token: token } = await openSession({ db, clock }, id);
      const session = await sessionOfToken({ db, clock }, token);
      const { device } = await enrolDevice({ commit, clock }, session, token, { name: 'crowd' });
      members.push({ token, device });
    }
  }
  return members;
}

/** The update of an intent document that holds this one intent. */
function offer(intent: Intent): Uint8Array {
  const doc = new Y.Doc();
  doc.getArray<string>(listName).push([JSON.stringify(intent)]);
  const bytes = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return encodeMessage({
    kind: 'sync',
    document: intentsDocument(intent.device),
    payload: encodeSync({ kind: 'update', bytes }),
  });
}

/** Connects and offers the intent. Resolves with the code of the refusal, or null once the offer has left. */
export function arrive(url: string, { token }: Member, intent: Intent): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${adminPaths.sync}`, syncProtocol, {
      headers: { authorization: `Bearer ${token}` },
    });
    socket.once('message', () => {
      socket.send(offer(intent), (error) => resolve(error ? error.message : null));
    });
    socket.once('error', (error) => resolve(error.message));
    socket.once('close', (code) => resolve(`closed with ${code}`));
  });
}

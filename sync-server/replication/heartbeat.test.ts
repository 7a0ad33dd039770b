import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endSession } from '../admins/sessions.ts';
import { signedInAdmin } from '../admins/testing.ts';
import { startTestServer, TestDesk, type TestServer } from './testing.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ heartbeatMilliseconds: 300 });
});

afterAll(() => server.close());

describe('a socket', () => {
  it('ends with the session that it was opened by', async () => {
    const admin = await signedInAdmin(server.deps);
    const desk = await TestDesk.connect(server.url, admin.headers);
    await endSession(server.deps, admin.token);
    expect(await desk.ended()).toBe('unauthenticated');
  });

  it('ends with the admin', async () => {
    const admin = await signedInAdmin(server.deps);
    const desk = await TestDesk.connect(server.url, admin.headers);
    await server.deps.db.deleteFrom('admins').where('id', '=', admin.id).execute();
    expect(await desk.ended()).toBe('unauthenticated');
  });

  it('whose other end has gone silent is cut off', async () => {
    const admin = await signedInAdmin(server.deps);
    const desk = await TestDesk.connect(server.url, admin.headers);
    // Reads nothing any more, so no ping is ever answered.
    desk.socket.pause();
    const gone = async (): Promise<boolean> => {
      const sockets = await new Promise<number>((resolve, reject) => {
        server.http.getConnections((error, count) => {
          if (error) reject(error);
          else resolve(count);
        });
      });
      return sockets === 0;
    };
    await expect.poll(gone, { timeout: 10_000 }).toBe(true);
    desk.socket.terminate();
  });
});

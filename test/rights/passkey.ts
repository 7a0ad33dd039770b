/** A passkey in software that the server knows for an admin; it has counted `counter` uses. */
import { createTestPasskey, type TestPasskey } from '../../sync-server/admins/testing-passkey.ts';
import { publicUrl, type Scene } from './scene.ts';

export async function addPasskey(
  { whole }: Pick<Scene, 'whole'>,
  { id: adminId }: { readonly id: string },
  counter = 7,
): Promise<TestPasskey> {
  const passkey = createTestPasskey(publicUrl);
  await whole.server.deps.db
    .insertInto('adminPasskeys')
    .values({
      id: passkey.id,
      adminId,
      name: 'key',
      publicKey: passkey.publicKey,
      counter,
      transports: [],
      createdAt: '2026-01-02T03:04:05.678Z',
      usedAt: null,
    })
    .execute();
  return passkey;
}

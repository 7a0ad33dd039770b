/** A process for tests to kill itself in the middle of changing the key. */
import { createCommit } from './changelog/commit.ts';
import { createDb, createPool } from './db/connect.ts';
import { rotateSecretsKey } from './secrets/rotate.ts';

const [, , connectionString = '', dataDir = '', stopAt = ''] = process.argv;
const db = createDb(createPool({ connectionString, max: 1 }));
const commit = createCommit({ db, clock: Date.now, projections: [], committed: () => undefined });
await rotateSecretsKey({
  db,
  commit,
  place: { dataDir, secretsKey: null, secretsKeyNext: null },
  reached: (step) => {
    if (step === stopAt) process.kill(process.pid, 'SIGKILL');
  },
});
await db.destroy();

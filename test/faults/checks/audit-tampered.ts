/** Tampers with the log in the database, with exports and with checkpoints, and asks the verification what was done where. */
import { generateKeyPairSync } from 'node:crypto';
import { createDb, createPool } from '../../../sync-server/db/connect.ts';
import { migrate } from '../../../sync-server/db/migrate.ts';
import { createTestDatabase, startTestServer } from '../../../sync-server/db/testing.ts';
import { checkFile } from '../../../sync-server/audit/checkpoint-read.ts';
import { collectBreaks, type Report } from '../../../sync-server/audit/report.ts';
import { verifyLines, verifyLog } from '../../../sync-server/audit/verify-sources.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { serverKey, type ServerKey } from '../../../sync-server/signing/key.ts';
import { collectFindings, type Check, type Run } from '../check.ts';
import { databaseTamperings } from './audit-tampered/database.ts';
import { checkpointTamperings, exportTamperings } from './audit-tampered/files.ts';
import { writeHistory, type History } from './audit-tampered/history.ts';
import { judge, type Tampered, type TamperLines } from './audit-tampered/tampering.ts';

/** Tamperings with one history before another is made. */
const eachHistory = 200;

/** Null: this tampering could not be done here. */
interface Tried {
  readonly tampered: Tampered;
  readonly report: Report;
}

class RolledBack extends Error {}

async function tamperDatabase(history: History, key: ServerKey, random: Random): Promise<Tried | null> {
  const tamper = random.pick(databaseTamperings);
  let tried: Tried | null = null;
  await history.db
    .transaction()
    .execute(async (trx) => {
      const tampered = await tamper(trx, history, random);
      if (tampered)
        tried = { tampered, report: await verifyLog(trx, ...checkpointsOf(history.checkpoints, key)) };
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  return tried;
}

function checkpointsOf(lines: readonly string[], key: ServerKey) {
  const breaks = collectBreaks();
  const attested = checkFile(`${lines.join('\n')}\n`, [key.publicKey.toString('hex')], breaks, []);
  return [attested, breaks] as const;
}

async function tamperExport(history: History, key: ServerKey, random: Random): Promise<Tried | null> {
  const lines = [...history.lines];
  const tampered = random.pick<TamperLines>(exportTamperings)(lines, random);
  if (!tampered) return null;
  // What the chain shows by itself has to be found without checkpoints, too.
  const without = tampered.consistent !== true && random.share() < 0.5;
  const [attested, breaks] = checkpointsOf(without ? [] : history.checkpoints, key);
  return { tampered, report: await verifyLines(lines, attested, { breaks }) };
}

async function tamperCheckpoints(history: History, key: ServerKey, random: Random): Promise<Tried | null> {
  const lines = [...history.checkpoints];
  const tampered = random.pick<TamperLines>(checkpointTamperings)(lines, random);
  if (!tampered) return null;
  const [attested, breaks] = checkpointsOf(lines, key);
  return { tampered, report: await verifyLines(history.lines, attested, { breaks }) };
}

const ways = [tamperDatabase, tamperExport, tamperCheckpoints] as const;

async function tamper({ cases, seed, progress }: Run) {
  const findings = collectFindings();
  const server = await startTestServer(async (connection) => {
    const db = createDb(createPool(connection));
    await migrate(db).finally(() => db.destroy());
  });
  let done = 0;
  try {
    for (let number = 0; done < cases; number++) {
      const random = randomOf(seed, number);
      const database = await createTestDatabase(server);
      const db = createDb(createPool(database.connection));
      try {
        const key = serverKey(generateKeyPairSync('ed25519').privateKey);
        const history = await writeHistory(db, random, key);
        const clean = await verifyLines(history.lines, checkpointsOf(history.checkpoints, key)[0], {});
        if (!clean.ok) findings.add('unauthorised', `seed ${seed}/${number}: found where nobody tampered`);
        for (let turn = 0; turn < eachHistory && done < cases; turn++) {
          const tried = await random.pick(ways)(history, key, random);
          if (!tried) continue;
          const wrong = judge(tried.tampered, tried.report);
          if (wrong !== null) findings.add('unauthorised', `seed ${seed}/${number}, ${wrong}`);
          done += 1;
          progress(done);
        }
      } finally {
        await db.destroy();
        await database.drop();
      }
    }
  } finally {
    await server.stop();
  }
  return findings.tally(done);
}

export const auditTampered: Check = {
  name: 'audit-tampered',
  property:
    'Whoever changes, deletes, moves, adds or cuts entries of the log, an export or checkpoints is found, with where.',
  unit: 'tamperings',
  cases: 3_000,
  few: 600,
  run: tamper,
};

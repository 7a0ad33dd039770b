/** A random history in a database of its own: entries of both headers, an erasure, an export of it and its checkpoints. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from '../../../../domain/entities.ts';
import { exportNdjson } from '../../../../sync-server/audit/export.ts';
import { appendCheckpoint } from '../../../../sync-server/audit/checkpoint-file.ts';
import { checkpointLine } from '../../../../sync-server/audit/checkpoint-line.ts';
import { createCommit, type Commit } from '../../../../sync-server/changelog/commit.ts';
import { chainHash, sealedDigest, type LogHeader } from '../../../../sync-server/changelog/hash.ts';
import { withOrigin } from '../../../../sync-server/changelog/origin.ts';
import type { Db } from '../../../../sync-server/db/schema.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import type { ServerKey } from '../../../../sync-server/signing/key.ts';

export interface History {
  readonly db: Db;
  /** The last entry. */
  readonly head: number;
  /** Lines of an export, and of the file of checkpoints. */
  readonly lines: readonly string[];
  readonly checkpoints: readonly string[];
  /** The entries that checkpoints were made at. */
  readonly attested: readonly number[];
}

const firstHeaders = 12;
const commits = 14;

export function uuidOf(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = 0x40 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** As servers wrote before the second header. */
async function writeFirstHeaders(db: Db, random: Random): Promise<void> {
  let hash: Buffer = Buffer.alloc(32);
  for (let seq = 1; seq <= firstHeaders; seq++) {
    const payload = Buffer.from(JSON.stringify({ id: uuidOf(random), name: `Straße ${seq} 😀` }));
    const salt = random.bytes(16);
    const header: LogHeader = {
      version: 1,
      seq,
      epoch: 1,
      at: new Date(1_700_000_000_000 + seq * 1_234).toISOString(),
      actor: random.pick(['system', `admin:${uuidOf(random)}`]),
      device: random.pick([null, uuidOf(random)]),
      intent: random.pick([null, uuidOf(random)]),
      batch: random.pick([null, uuidOf(random)]),
      portalId: random.pick([null, uuidOf(random)]),
      kind: 'row',
      action: 'created',
      entity: 'product',
      entityId: uuidOf(random),
      revision: 1,
      payloadDigest: sealedDigest(salt, payload),
      contextDigest: null,
    };
    hash = chainHash(hash, header);
    const entry = {
      ...header,
      version: 1,
      kind: 'row',
      payload,
      salt,
      hash,
      context: null,
      contextSalt: null,
    } as const;
    await db.insertInto('changeLog').values(entry).execute();
  }
  await db.updateTable('logHead').set({ seq: firstHeaders, hash }).execute();
}

async function commitSomething(commit: Commit, random: Random, number: number): Promise<void> {
  const address = `192.0.2.${random.below(250)}`;
  const cause = {
    actor: `admin:${uuidOf(random)}`,
    ...(random.share() < 0.5
      ? { device: uuidOf(random), intent: uuidOf(random), batch: uuidOf(random) }
      : {}),
  };
  const row = (): Row<'gateway'> => ({
    id: uuidOf(random),
    portalId: null,
    region: 'eu',
    name: `gateway ${number} ${uuidOf(random)}`,
    revision: 1,
    createdAt: '2026-01-02T03:04:05.678Z',
  });
  await withOrigin({ address }, () =>
    commit(async (change) => {
      const rows = Array.from({ length: 1 + random.below(3) }, row);
      await change.put('gateway', rows, cause);
      if (random.share() < 0.3) await change.drop('gateway', rows.slice(0, 1), cause);
      if (random.share() < 0.3) change.event({ name: 'admin.signed_in', details: { number }, cause });
    }),
  );
}

/** What an erasure does to the log, for one entry. */
async function eraseOne(db: Db, commit: Commit): Promise<void> {
  const entry = await db
    .selectFrom('changeLog')
    .select(['seq', 'entityId'])
    .where('version', '=', 2)
    .where('kind', '=', 'row')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirstOrThrow();
  await commit(async (change) => {
    const nothing = { payload: null, salt: null };
    await change.db.updateTable('changeLog').set(nothing).where('seq', '=', entry.seq).execute();
    change.event({
      name: 'developer.erased',
      subject: { entity: 'developer', id: entry.entityId },
      details: { payloads: [entry.seq], contexts: [] },
      cause: { actor: 'system' },
    });
  });
}

export async function writeHistory(db: Db, random: Random, key: ServerKey): Promise<History> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-tampered-'));
  const file = join(folder, 'checkpoints.log');
  try {
    const commit = createCommit({ db, clock: Date.now, projections: [], committed: () => undefined });
    const attested: number[] = [];
    await writeFirstHeaders(db, random);
    for (let number = 0; number < commits; number++) {
      await commitSomething(commit, random, number);
      if (number === commits - 4) await eraseOne(db, commit);
      if (number % 4 !== 3 && number !== commits - 1) continue;
      const { epoch, seq, hash } = await db.selectFrom('logHead').selectAll().executeTakeFirstOrThrow();
      const at = new Date().toISOString();
      await appendCheckpoint(file, (prev) =>
        checkpointLine({ epoch, seq, hash: hash.toString('hex'), at, prev }, key),
      );
      attested.push(seq);
    }
    const head = attested.at(-1) ?? 0;
    let text = '';
    for await (const piece of exportNdjson(db, { filter: {}, to: head, now: '' })) text += piece;
    const lines = text.trimEnd().split('\n');
    const checkpoints = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return { db, head, lines, checkpoints, attested };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

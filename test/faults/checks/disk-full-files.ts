/**
 * What is kept in files of its own, on a disk that becomes full in the middle of it: a backup, a gateway's state, the list
 * of who was erased. A file that cannot be written whole is an error, and what was there before counts on.
 */
import { hash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Envelope, GatewayLine } from '../../../domain/wire/gateway.ts';
import { openStore, type Verified } from '../../../gateway/state/store.ts';
import { credential, drop, newKey, put } from '../../../gateway/testing/world.ts';
import { makeBackup } from '../../../sync-server/backup/make.ts';
import { openBackup } from '../../../sync-server/backup/open.ts';
import { fillDemo } from '../../../sync-server/demo/fill.ts';
import { randomOf, type Random } from '../../../sync-server/demo/random.ts';
import { noteErasure, notedErasures } from '../../../sync-server/erasure/log.ts';
import { startWhole, type Whole } from '../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { cannotMount, mountSmallDisk, type SmallDisk } from './disk-full/small-disk.ts';

interface Scene {
  readonly disk: SmallDisk;
  readonly whole: Whole;
  readonly findings: Findings;
  readonly random: Random;
  /** How large a whole backup is. */
  readonly bytes: number;
}

/** What the work threw; null where it settled. */
function refused(work: Promise<unknown>): Promise<{ readonly error: unknown } | null> {
  return work.then(
    () => null,
    (error: unknown) => ({ error }),
  );
}

/** The last pages are missing, or there is room for all. */
async function backUp({ disk, whole, findings, random, bytes }: Scene, where: string): Promise<void> {
  const folder = join(disk.folder, 'backups');
  await mkdir(folder, { recursive: true });
  await disk.fill(bytes + 4_096 - random.below(16_384));
  const file = join(folder, 'one.backup');
  const failed = await refused(makeBackup(whole.server.deps.pool, file, new Date().toISOString()));
  await disk.empty();
  if (failed) {
    const { error } = failed;
    if (!(error instanceof GatehouseError) || error.code !== 'backup_failed')
      findings.add('lost', `${where}: the backup failed with ${String(error)}`);
    const left = await readdir(folder);
    if (left.length > 0) findings.add('lost', `${where}: ${left.join(', ')} was left of a failed backup`);
  } else {
    const damaged = await refused(openBackup(file).then((backup) => backup.close()));
    if (damaged) findings.add('lost', `${where}: a backup was made, and is none (${String(damaged.error)})`);
  }
  await rm(folder, { recursive: true });
}

const gateway = randomUUID();

function answerOf(prev: number | null, to: number, lines: readonly GatewayLine[]): Verified {
  const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const now = Date.now();
  const envelope: Envelope = {
    v: 1,
    ...{ gateway, scope: 'all', epoch: 1, prev, to },
    issuedAt: new Date(now).toISOString(),
    sha256: hash('sha256', body, 'hex'),
    keyId: '0123456789abcdef',
  };
  return { envelope, body, verifiedAt: now };
}

const keys = 60;

/** Keys are taken away while the disk is full; a gateway that starts then must know which of the two it holds. */
async function takeKeysAway({ disk, findings, random }: Scene, where: string): Promise<void> {
  const folder = join(disk.folder, 'gateway');
  const records = Array.from({ length: keys }, () => credential(newKey()));
  const held = async (): Promise<string> => {
    const store = await openStore(folder, 'token');
    const state = await store.load().finally(() => store.close());
    return `${state?.records.count().credentials ?? 'no'} keys at ${state?.envelope.to ?? 'nothing'}`;
  };
  const expectHeld = async (wanted: string, when: string): Promise<void> => {
    const found = await held().catch(String);
    if (found !== wanted) findings.add('unauthorised', `${where}, ${when}: ${found} and not ${wanted}`);
  };
  const drops = answerOf(10, 11, records.map(drop));
  const store = await openStore(folder, 'token');
  try {
    await store.saveSnapshot(answerOf(null, 10, records.map(put)));
    await disk.fill(random.below(drops.body.length));
    const failed = await refused(store.appendChanges(drops));
    await store.close();
    await expectHeld(failed ? `${keys} keys at 10` : '0 keys at 11', 'on the full disk');
    await disk.empty();
    const again = await openStore(folder, 'token');
    await again.load();
    if (failed) await again.appendChanges(drops);
    await again.appendChanges(answerOf(11, 12, [put(credential(newKey()))]));
    await again.close();
    await expectHeld('1 keys at 12', 'with room again');
  } finally {
    await store.close();
    await disk.empty();
    await rm(folder, { recursive: true });
  }
}

async function noteErasures({ disk, findings, random }: Scene, where: string): Promise<void> {
  const folder = join(disk.folder, 'server');
  const noted: string[] = [];
  const note = async (): Promise<void> => {
    const id = randomUUID();
    if (!(await refused(noteErasure(folder, id)))) noted.push(id);
  };
  for (let count = random.below(120); count >= 0; count--) await note();
  await disk.fill(0);
  // A page takes 110 of them.
  for (let count = 0; count < 115; count++) await note();
  await disk.empty();
  await note();
  const known = new Set(await notedErasures(folder));
  const missed = noted.filter((id) => !known.has(id)).length;
  if (missed > 0) findings.add('lost', `${where}: ${missed} of ${noted.length} erasures are not on the list`);
  await rm(folder, { recursive: true });
}

async function run({ cases, seed, progress }: Run): Promise<Tally> {
  const findings = collectFindings();
  const disk = await mountSmallDisk(4);
  const whole = await startWhole();
  try {
    const { deps } = whole.server;
    await fillDemo(deps, { registrations: 200, seed: String(seed) });
    const first = join(disk.folder, 'first.backup');
    const { bytes } = await makeBackup(deps.pool, first, new Date().toISOString());
    await rm(first);
    const scene: Scene = { disk, whole, findings, random: randomOf('disk-full-files', seed), bytes };
    for (let done = 0; done < cases; done++) {
      const kind = [backUp, takeKeysAway, noteErasures][done % 3] ?? backUp;
      await kind(scene, `seed ${seed}, filling ${done + 1}`);
      progress(done + 1);
    }
    return findings.tally(cases);
  } finally {
    await whole.close();
    await disk.remove();
  }
}

export const diskFullFiles: Check = {
  name: 'disk-full-files',
  property: 'on a full disk a backup, a gateway’s state and the list of the erased are whole, or an error',
  unit: 'fillings',
  cases: 60,
  few: 12,
  missing: cannotMount,
  run,
};

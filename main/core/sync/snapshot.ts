/** Loading the portal's state: chunk by chunk, the next ones on their way while one is being stored. */
import type { EntityKind } from '../../../domain/entities.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Chunk, Manifest } from '../../../domain/wire/snapshot.ts';
import type { Standing } from '../replica/calls.ts';
import type { Replica } from '../replica/replica.ts';
import type { AdminApi } from './http.ts';

export interface SnapshotNeeds {
  readonly api: AdminApi;
  readonly replica: Replica;
  /** The highest epoch that this desk has seen: an older server's snapshot is not taken. */
  readonly epoch: number;
  /** After each chunk: rows so far and in all, and what they are. */
  onChunk(done: number, of: number, entity: EntityKind): void;
}

/** How often a snapshot may be replaced under our hands before we give the server a rest. */
const attempts = 3;

function codeOf(error: unknown): string | null {
  return error instanceof GatehouseError ? error.code : null;
}

async function loadChunks(needs: SnapshotNeeds, manifest: Manifest): Promise<void> {
  const { api, replica } = needs;
  const loaded = new Set(await replica.call('begin', manifest));
  const rowsOf = (chunks: readonly Chunk[]): number => chunks.reduce((sum, { rows }) => sum + rows, 0);
  const missing = manifest.chunks.filter(({ number }) => !loaded.has(number));
  const total = rowsOf(manifest.chunks);
  let done = total - rowsOf(missing);

  const fetchChunk = (chunk: Chunk | undefined): Promise<Uint8Array> | null => {
    const coming = chunk ? api.chunk(manifest.id, chunk) : null;
    // Awaited only after the one before it is stored; a failure until then is not unhandled.
    coming?.catch(() => undefined);
    return coming;
  };
  let coming = fetchChunk(missing[0]);
  let storing = Promise.resolve();
  for (const [index, chunk] of missing.entries()) {
    const bytes = await coming;
    coming = fetchChunk(missing[index + 1]);
    if (!bytes) continue;
    const stored = replica.call('load', { snapshot: manifest.id, chunk, bytes }).then(() => {
      done += chunk.rows;
      needs.onChunk(done, total, chunk.entity);
    });
    // At most one waits, already being unpacked, behind the one that is being stored.
    stored.catch(() => undefined);
    await storing;
    storing = stored;
  }
  await storing;
}

/** Loads the newest snapshot, or goes on with the one that was begun. Throws `epoch_lower` or what the network says. */
export async function loadSnapshot(needs: SnapshotNeeds): Promise<Standing> {
  for (let attempt = 1; ; attempt++) {
    const manifest = await needs.api.manifest();
    if (manifest.epoch < needs.epoch) throw new GatehouseError('epoch_lower');
    try {
      await loadChunks(needs, manifest);
      return await needs.replica.call('finish', manifest);
    } catch (error) {
      if (codeOf(error) !== 'snapshot_gone' || attempt === attempts) throw error;
    }
  }
}

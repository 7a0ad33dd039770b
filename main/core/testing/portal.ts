/** A portal in memory, for tests of the desk: rows, a change log in frames, and decisions by the domain's own rule. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { canonicalJson } from '../../../domain/canonical.ts';
import { decide, type Judged, type View } from '../../../domain/decide.ts';
import { entityKinds, columnNames, type EntityKind, type Row } from '../../../domain/entities.ts';
import type { Intent } from '../../../domain/intents.ts';
import type { Outcome } from '../../../domain/outcomes.ts';
import type { Frame } from '../../../domain/wire/frames.ts';
import type { Chunk, Manifest } from '../../../domain/wire/snapshot.ts';
import {
  applicationRow,
  developerRow,
  portalRow,
  productRow,
  publicationRow,
  registrationRow,
  versionRow,
} from '../../../domain/testing/rows.ts';
import { copyBinary } from './copy-binary.ts';

type AnyRow = Row<EntityKind>;

export interface Snapshot {
  readonly manifest: Manifest;
  readonly chunks: readonly Uint8Array[];
}

export type Portal = ReturnType<typeof makePortal>;

const time = '2026-01-01T00:00:00.000Z';

/** `n` milliseconds after the first of January, so that rows have an order. */
const minute = (n: number): string => new Date(Date.parse(time) + n * 60_000).toISOString();

export function makePortal() {
  const rows = new Map<EntityKind, Map<string, AnyRow>>(entityKinds.map((kind) => [kind, new Map()]));
  const frames: Frame[] = [];
  const listeners = new Set<(frame: Frame) => void>();
  const answers = new Map<string, { digest: string; outcome: Outcome }>();
  let epoch = 1;
  let seq = 0;
  let oldest = 0;
  let clock = Date.parse('2026-06-01T00:00:00.000Z');

  const get = <K extends EntityKind>(kind: K, id: string): Row<K> | undefined =>
    rows.get(kind)?.get(id) as Row<K> | undefined;

  const append = (items: Frame['items']): void => {
    const frame: Frame = { epoch, prev: seq, to: seq + Math.max(items.length, 1), items };
    seq = frame.to;
    frames.push(frame);
    for (const listener of listeners) listener(frame);
  };

  const rowItem = (
    entity: EntityKind,
    id: string,
    row: AnyRow | null,
    actor: string,
  ): Frame['items'][number] => ({
    k: 'row',
    seq: seq + 1,
    entity,
    id,
    revision: row?.revision ?? 0,
    row: row && { ...row },
    actor,
    at: new Date(clock++).toISOString(),
  });

  /** Puts a row without telling anybody: it is in the next snapshot. */
  const seed = <K extends EntityKind>(kind: K, row: Row<K>): Row<K> => {
    rows.get(kind)?.set(row.id, row);
    return row;
  };

  /** Puts a row and a frame. */
  const put = <K extends EntityKind>(kind: K, row: Row<K>): Row<K> => {
    seed(kind, row);
    append([rowItem(kind, row.id, row, 'system')]);
    return row;
  };

  const remove = (kind: EntityKind, id: string): void => {
    rows.get(kind)?.delete(id);
    append([rowItem(kind, id, null, 'system')]);
  };

  const snapshot = (perChunk: number): Snapshot => {
    const order = (row: AnyRow): number => ('state' in row && row.state === 'pending' ? 0 : 1);
    const chunks: Chunk[] = [];
    const bodies: Uint8Array[] = [];
    for (const entity of entityKinds) {
      const all = [...(rows.get(entity)?.values() ?? [])].sort((a, b) => order(a) - order(b));
      for (let at = 0; at < all.length; at += perChunk) {
        const slice = all.slice(at, at + perChunk);
        const bytes = gzipSync(copyBinary(entity, slice));
        bodies.push(bytes);
        chunks.push({
          number: chunks.length,
          entity,
          columns: columnNames(entity),
          rows: slice.length,
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
      }
    }
    return {
      manifest: { format: 'copy-binary', id: `s-${epoch}-${seq}`, scope: 'all', epoch, seq, chunks },
      chunks: bodies,
    };
  };

  const judged = (
    row: Row<'developer'> | Row<'application'> | Row<'registration'> | Row<'publication'>,
  ): Judged => ({
    ...row,
    decision:
      row.decidedBy !== null && row.decidedAt !== null && row.decidedAction !== null
        ? { actor: row.decidedBy, at: row.decidedAt, action: row.decidedAction, reason: row.reason }
        : null,
  });

  const viewOf = (intent: Intent, digest: string): View => {
    const { kind, id } = intent.target;
    const row = kind === 'credential' ? undefined : get(kind, id);
    const application = row && 'applicationId' in row ? get('application', row.applicationId) : undefined;
    const developer = row && 'developerId' in row ? get('developer', row.developerId) : undefined;
    const publication = row && 'publicationId' in row ? get('publication', row.publicationId) : undefined;
    return {
      known: answers.get(`${intent.device} ${intent.id}`) ?? null,
      digest,
      allowed: true,
      target: row ? { ...judged(row), state: row.state } : null,
      related: {
        ...(application ? { application: judged(application) } : {}),
        ...(developer ? { developer: judged(developer) } : {}),
        ...(publication ? { publication: judged(publication) } : {}),
      },
      after: intent.after ? (answers.get(`${intent.device} ${intent.after}`)?.outcome ?? null) : null,
      now: new Date(clock++).toISOString(),
    };
  };

  /** Decides as the authority would; the row, its outcome and the frame together. */
  const take = (intent: Intent, actor: string): Outcome => {
    const digest = createHash('sha256').update(canonicalJson(intent)).digest('hex');
    const { outcome, change, repeated } = decide(viewOf(intent, digest), intent);
    if (repeated) return outcome;
    answers.set(`${intent.device} ${intent.id}`, { digest, outcome });
    const items: Frame['items'] = [];
    const { kind, id } = intent.target;
    if (change?.state === 'deleted') {
      rows.get(kind)?.delete(id);
      items.push(rowItem(kind, id, null, actor));
    } else if (change && kind !== 'credential') {
      const row = get(kind, id);
      const next = row && {
        ...row,
        state: change.state,
        revision: change.revision,
        decidedRevision: change.revision,
        decidedBy: actor,
        decidedAt: outcome.committedAt,
        decidedAction: change.action,
        reason: intent.reason,
      };
      if (next) {
        rows.get(kind)?.set(id, next as AnyRow);
        items.push(rowItem(kind, id, next as AnyRow, actor));
      }
    }
    items.push({
      k: 'outcome',
      seq: seq + 1 + items.length,
      device: intent.device,
      batch: intent.batch,
      outcome,
    });
    append(items);
    return outcome;
  };

  const portal = seed('portal', portalRow({ name: 'demo', displayName: 'Demo' }));
  const product = seed('product', productRow());
  const version = seed('version', versionRow({ productId: product.id }));
  const publication = seed(
    'publication',
    publicationRow({ portalId: portal.id, versionId: version.id, visibility: 'public' }),
  );

  return {
    seed,
    put,
    remove,
    get,
    take,
    append,
    snapshot,
    developer: (n: number): Row<'developer'> =>
      developerRow({
        portalId: portal.id,
        email: `dev${n}@example.com`,
        name: `Developer ${n}`,
        verifiedAt: null,
        createdAt: minute(n),
      }),
    application: (n: number, developer: Row<'developer'>): Row<'application'> =>
      applicationRow(developer, {
        name: `App ${n}, "the ${n}th"`,
        referenceId: `ref-${n}`,
        createdAt: minute(n),
      }),
    registration: (n: number, application: Row<'application'>): Row<'registration'> =>
      registrationRow(application, publication, { createdAt: minute(n) }),
    frames: (after: number): Frame[] => frames.filter((frame) => frame.prev >= after),
    onFrame: (listener: (frame: Frame) => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get cursor() {
      return { epoch, seq };
    },
    get oldest() {
      return oldest;
    },
    /** Forgets the log up to now, as retention would. */
    forget: (): void => {
      oldest = seq;
      frames.length = 0;
    },
    /** A restore: another epoch, another count. */
    restore: (to: { epoch: number; seq: number }): void => {
      ({ epoch, seq } = to);
      oldest = seq;
      frames.length = 0;
    },
  };
}

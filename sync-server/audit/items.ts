/** Entries as people read them: names beside ids, and what changed instead of whole images. */
import { sql } from 'kysely';
import { z } from 'zod';
import { auditContextSchema, type AuditChange, type AuditItem } from '../../domain/wire/audit.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { Db } from '../db/schema.ts';
import { applyFilter, type ResolvedFilter } from './filter.ts';

export interface PageOf {
  /** Only entries before it, newest first; or after it, oldest first. */
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

const jsonSchema = z.json();
const imageSchema = z.record(z.string(), jsonSchema);
type Image = z.infer<typeof imageSchema>;

/** The image before, from the log itself: it is there already, so it is not stored twice. */
const earlier = sql<Buffer | null>`(
  select earlier.payload from change_log as earlier
  where earlier.entity_id = change_log.entity_id and earlier.kind = 'row' and earlier.seq < change_log.seq
    and change_log.kind = 'row'
  order by earlier.seq desc limit 1)`;

export async function readItems(db: Db, filter: ResolvedFilter, page: PageOf): Promise<AuditItem[]> {
  const { before, after, limit } = page;
  const found = await applyFilter(db.selectFrom('changeLog').selectAll(), filter)
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .$if(after !== undefined, (query) => query.where('seq', '>', after ?? 0))
    .select(earlier.as('earlier'))
    .orderBy('seq', after === undefined ? 'desc' : 'asc')
    .limit(limit)
    .execute();
  const actors = await actorNames(
    db,
    found.map(({ actor }) => actor),
  );
  const devices = await deviceNames(
    db,
    found.flatMap(({ device }) => device ?? []),
  );
  return found.map((entry): AuditItem => {
    const image = parseImage(entry.payload);
    const previous = parseImage(entry.earlier);
    const context = auditContextSchema.safeParse(parseJson(entry.context)).data;
    const isRow = entry.kind === 'row';
    return {
      seq: entry.seq,
      epoch: entry.epoch,
      committedAt: entry.at,
      decidedAt: context?.decidedAt ?? null,
      actor: entry.actor,
      actorName: actors.get(entry.actor) ?? null,
      address: context?.address ?? null,
      requestId: context?.requestId ?? null,
      device: entry.device,
      deviceName: devices.get(entry.device ?? '') ?? null,
      intent: entry.intent,
      batch: entry.batch,
      portalId: entry.portalId,
      kind: entry.kind,
      action: entry.action,
      entity: entry.entity,
      entityId: entry.entityId,
      name: isRow ? nameOf(image ?? previous) : null,
      erased: entry.payload === null || (entry.version === 2 && entry.context === null),
      changes: isRow && entry.payload !== null ? changesBetween(previous, image) : [],
      details: isRow ? {} : (image ?? {}),
    };
  });
}

function parseJson(bytes: Buffer | null): unknown {
  return bytes === null ? undefined : JSON.parse(bytes.toString('utf8'));
}

function parseImage(bytes: Buffer | null): Image | null {
  return imageSchema.safeParse(parseJson(bytes)).data ?? null;
}

function nameOf(image: Image | null): string | null {
  const name = image?.['name'];
  return typeof name === 'string' ? name : null;
}

function changesBetween(before: Image | null, after: Image | null): AuditChange[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }))
    .filter((change) => canonicalJson(change.before) !== canonicalJson(change.after));
}

async function actorNames(db: Db, actors: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [kind, table] of [
    ['admin', 'admins'],
    ['developer', 'developers'],
  ] as const) {
    const prefix = `${kind}:`;
    const ids = [...new Set(actors)]
      .filter((actor) => actor.startsWith(prefix))
      .map((actor) => actor.slice(prefix.length))
      .filter((id) => z.uuid().safeParse(id).success);
    if (ids.length === 0) continue;
    const rows = await db
      .selectFrom(table)
      .select(['id', 'name'])
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .execute();
    for (const { id, name } of rows) names.set(`${prefix}${id}`, name);
  }
  return names;
}

async function deviceNames(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('devices')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

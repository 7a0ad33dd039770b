/**
 * A backup is one file: a line that says what it is, the tables one behind the other (each the binary format of COPY, in
 * gzip), then the manifest and how to find it from the end:
 *
 *   'GATEHOUSE BACKUP 1\n' · tables · manifest (JSON) · u32 its length · SHA-256 of it · 'GHBKEND1'
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { timestampSchema } from '../../domain/columns.ts';
import { epochStartSchema } from '../../domain/lineage.ts';

export const head = Buffer.from('GATEHOUSE BACKUP 1\n');
const mark = Buffer.from('GHBKEND1');
export const tailBytes = 4 + 32 + mark.length;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const nameSchema = z.string().regex(/^[a-z_][a-z0-9_]*$/);

const tableSchema = z.strictObject({
  name: nameSchema,
  columns: z.array(z.strictObject({ name: nameSchema, type: z.string() })).min(1),
  rows: z.int().min(0),
  /** Where its compressed bytes are in the file. */
  offset: z.int().min(0),
  bytes: z.int().min(0),
  /** Of the compressed bytes. */
  sha256: digestSchema,
});
export type BackupTable = z.infer<typeof tableSchema>;

export const backupManifestSchema = z.strictObject({
  format: z.literal(1),
  createdAt: timestampSchema,
  /** The shape of the tables: the migrations that made it. */
  migrations: z.array(z.string()).min(1),
  /** Which server's history it is a part of. */
  history: z.uuid(),
  epoch: z.int().min(1),
  seq: z.int().min(0),
  /** The change log's hash at that seq. */
  hash: digestSchema,
  lineage: z.array(epochStartSchema.extend({ closingsReplayed: z.boolean() })).min(1),
  /** Parents before those that refer to them. */
  tables: z.array(tableSchema),
  sequences: z.array(z.strictObject({ name: nameSchema, value: z.int() })),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** The manifest with what stands behind it. */
export function encodeManifest(manifest: BackupManifest): Buffer {
  const text = Buffer.from(JSON.stringify(manifest), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([text, length, sha256(text), mark]);
}

/** From the last `tailBytes` of a file: the manifest's length and digest, or null where they are something else. */
export function decodeTail(tail: Buffer): { readonly length: number; readonly digest: Buffer } | null {
  if (tail.length !== tailBytes || !tail.subarray(36).equals(mark)) return null;
  return { length: tail.readUInt32BE(0), digest: tail.subarray(4, 36) };
}

/** The manifest, or null where the bytes are not what their digest says, or not of this format. */
export function decodeManifest(text: Buffer, digest: Buffer): BackupManifest | null {
  if (!sha256(text).equals(digest)) return null;
  const parsed = backupManifestSchema.safeParse(JSON.parse(text.toString('utf8')));
  return parsed.success ? parsed.data : null;
}

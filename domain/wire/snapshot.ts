/**
 * A snapshot is the portal's state at one cursor as immutable gzip chunks in the binary format of PostgreSQL's COPY, one
 * entity a chunk, columns in the declared order. Against CSV it is a fifth smaller and takes half the work to load. Rows
 * that wait for a decision come first, so that a new desk shows its queue at once.
 */
import { z } from 'zod';
import { entityKindSchema } from '../entities.ts';

export const chunkSchema = z.strictObject({
  number: z.int().min(0),
  entity: entityKindSchema,
  columns: z.array(z.string()),
  rows: z.int().min(0),
  /** Size of the compressed chunk. */
  bytes: z.int().min(0),
  /** Hex digest of the compressed bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Chunk = z.infer<typeof chunkSchema>;

export const manifestSchema = z.strictObject({
  /** What the chunks are, unpacked. */
  format: z.literal('copy-binary'),
  id: z.string().regex(/^[0-9a-z-]{1,80}$/),
  scope: z.string(),
  epoch: z.int().min(1),
  seq: z.int().min(0),
  chunks: z.array(chunkSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What was refused on sync sockets, as owners see it (`GET /api/admin/v1/quarantine`). */
import { z } from 'zod';
import { timestampSchema } from '../columns.ts';

export const quarantinePath = '/api/admin/v1/quarantine';

/** The same bytes, refused of the same device for the same reason, are one entry. */
export const quarantinedSchema = z.strictObject({
  device: z.uuid(),
  admin: z.uuid(),
  code: z.string(),
  /** Hex SHA-256 of the whole frame; of one too large to be read, of nothing. */
  sha256: z.string(),
  /** The whole frame's size; of one too large to be read, the least that it can be. */
  bytes: z.int(),
  /** Its first bytes, base64. */
  head: z.string(),
  /** The document that it was meant for, where that could be read. */
  document: z.string().nullable(),
  times: z.int(),
  firstAt: timestampSchema,
  lastAt: timestampSchema,
});
export type Quarantined = z.infer<typeof quarantinedSchema>;

/** Newest first. All that are kept: there is a bound to how many. */
export const quarantineResponseSchema = z.strictObject({
  entries: z.array(quarantinedSchema),
  /** Refusals that are kept, by device. */
  devices: z.array(z.strictObject({ device: z.uuid(), times: z.int() })),
});
export type QuarantineResponse = z.infer<typeof quarantineResponseSchema>;

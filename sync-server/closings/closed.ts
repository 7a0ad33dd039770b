/**
 * Which changed rows close access, and what of them has to be known to close it again on older rows: states, deadlines and
 * decision marks by id. No name, address, reason or verifier, so that nobody's data outlives its erasure here.
 */
import { z } from 'zod';
import { timestampSchema } from '../../domain/columns.ts';
import { entityKindSchema, type EntityKind } from '../../domain/entities.ts';
import { actionSchema, isClosed, targetStateSchema } from '../../domain/states.ts';
import type { RowChange } from '../changelog/commit.ts';

export const closedRowSchema = z.strictObject({
  kind: entityKindSchema,
  id: z.uuid(),
  gone: z.boolean(),
  /** Whose doing it was. */
  actor: z.string(),
  revision: z.int().min(0),
  state: targetStateSchema.optional(),
  /** Credentials: the deadline, null for none. */
  notAfter: timestampSchema.nullable().optional(),
  /** Publications. */
  live: z.boolean().optional(),
  /** Publications and applications: access needs both to have the same. */
  strategyId: z.uuid().nullable().optional(),
  /** Services: whether they are open to everybody. */
  open: z.boolean().optional(),
  /** Admins. */
  role: z.string().optional(),
  productIds: z.array(z.uuid()).optional(),
  contentRevision: z.int().min(0).optional(),
  decidedRevision: z.int().min(0).optional(),
  decidedBy: z.string().nullable().optional(),
  decidedAt: timestampSchema.nullable().optional(),
  decidedAction: actionSchema.nullable().optional(),
});
export type ClosedRow = z.infer<typeof closedRowSchema>;

/** Where a change that is no deletion may take access away. A row that was just made takes nothing from anybody. */
function mayClose(kind: EntityKind, row: RowChange['row']): boolean {
  if (row.revision <= 1) return false;
  if ('state' in row && isClosed(row.state)) return true;
  if (kind === 'credential') return 'notAfter' in row && row.notAfter !== null;
  return kind === 'publication' || kind === 'service' || kind === 'admin';
}

/** Deleting any of these can only close; people's sessions, devices and hosts are no rows of this kind. */
export function closedRows(changes: readonly RowChange[]): ClosedRow[] {
  return changes
    .filter(({ kind, row, gone }) => gone || mayClose(kind, row))
    .map(({ kind, row, gone, actor }) => {
      const whole: Readonly<Record<string, unknown>> = { ...row, kind, gone, actor };
      const kept = Object.keys(closedRowSchema.shape).filter((name) => whole[name] !== undefined);
      return closedRowSchema.parse(Object.fromEntries(kept.map((name) => [name, whole[name]])));
    });
}

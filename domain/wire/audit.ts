/** The audit: what may be read of the change log, and how an export is written. */
import { z } from 'zod';

/** What happens without a row changing. Add a name here before using it: these are what the audit can be searched by. */
export const auditEvents = [
  'admin.signed_in',
  'admin.signed_out',
  'admin.sign_in_failed',
  'admin.password_changed',
  'admin.second_factor_changed',
  'admin.sessions_ended',
  'audit.exported',
  'backup.made',
  'backup.restored',
  'developer.erased',
  'device.enrolled',
  'device.revoked',
  'settings.opened',
  'token.made',
  'token.revoked',
] as const;
export type AuditEvent = (typeof auditEvents)[number];

/** Where a change came from. Personal data: kept apart from what was changed, and erased with its person. */
export const auditContextSchema = z.strictObject({
  /** The caller's IP address, `cli` for a command, `system` for what the server does by itself. */
  address: z.string(),
  /** As in the server's own log and in the `instance` of a failure. */
  requestId: z.string().optional(),
  /** When an admin decided, by the clock of their device. */
  decidedAt: z.string().optional(),
});
export type AuditContext = z.infer<typeof auditContextSchema>;

/** The audit as CSV (RFC 4180), for reading in a spreadsheet: no cell of it is ever taken for a formula. */
import { canonicalJson } from '../../domain/canonical.ts';
import type { AuditItem } from '../../domain/wire/audit.ts';

const columns = {
  seq: ({ seq }: AuditItem) => String(seq),
  committed_at: ({ committedAt }: AuditItem) => committedAt,
  decided_at: ({ decidedAt }: AuditItem) => decidedAt,
  actor: ({ actor }: AuditItem) => actor,
  actor_name: ({ actorName }: AuditItem) => actorName,
  address: ({ address }: AuditItem) => address,
  device: ({ device }: AuditItem) => device,
  device_name: ({ deviceName }: AuditItem) => deviceName,
  kind: ({ kind }: AuditItem) => kind,
  action: ({ action }: AuditItem) => action,
  entity: ({ entity }: AuditItem) => entity,
  entity_id: ({ entityId }: AuditItem) => entityId,
  name: ({ name }: AuditItem) => name,
  portal_id: ({ portalId }: AuditItem) => portalId,
  before: ({ changes }: AuditItem) => fieldsOf(changes.map(({ field, before }) => [field, before])),
  after: ({ changes }: AuditItem) => fieldsOf(changes.map(({ field, after }) => [field, after])),
  details: ({ details }: AuditItem) => fieldsOf(Object.entries(details)),
  batch: ({ batch }: AuditItem) => batch,
  intent: ({ intent }: AuditItem) => intent,
  request_id: ({ requestId }: AuditItem) => requestId,
  erased: ({ erased }: AuditItem) => String(erased),
} as const;

function fieldsOf(entries: readonly (readonly [string, unknown])[]): string {
  return entries.length === 0 ? '' : canonicalJson(Object.fromEntries(entries));
}

/** What a spreadsheet would calculate begins with one of these, after any white space; some take the wide ones, too. */
const formula = /^\s*[=+\-@|%\t\r＝＋－＠]/;

export function csvCell(text: string | null): string {
  if (text === null || text === '') return '';
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvHead = `${Object.keys(columns).join(',')}\r\n`;

export function csvLine(item: AuditItem): string {
  return `${Object.values(columns)
    .map((column) => csvCell(column(item)))
    .join(',')}\r\n`;
}

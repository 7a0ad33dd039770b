/**
 * What a desk says of itself, for whoever watches the server: the payload of its WebSocket pings. Every server answers a
 * ping whatever is in it, so one that knows nothing of reports loses nothing, and a desk that sends none is as good.
 */
import { z } from 'zod';

/** Ten minutes: a disk that took longer is none that anybody measures. */
const milliseconds = z.number().min(0).max(600_000);

const deskReportSchema = z.object({
  v: z.literal(1),
  /** How long the last syncs of the journal took: what an admin waits for before a decision shows. */
  journal: z.object({ p50: milliseconds, p99: milliseconds }),
});
export type DeskReport = z.infer<typeof deskReportSchema>;

/** A control frame of a WebSocket carries no more. */
const maxReportBytes = 125;

/** Empty where there is nothing to tell yet. Thousandths of a millisecond are told, and no more. */
export function encodeReport(journal: DeskReport['journal'] | null): string {
  if (!journal) return '';
  const short = (value: number): number => Math.min(600_000, Math.round(value * 1000) / 1000);
  const report: DeskReport = { v: 1, journal: { p50: short(journal.p50), p99: short(journal.p99) } };
  return JSON.stringify(report);
}

/** Null where it is anything else. */
export function decodeReport(payload: Uint8Array): DeskReport | null {
  if (payload.length === 0 || payload.length > maxReportBytes) return null;
  try {
    const parsed = deskReportSchema.safeParse(JSON.parse(String.fromCharCode(...payload)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

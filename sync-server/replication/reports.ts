/** What connected desks say of their own disks, shown by device: the last word of each, and of so many at most. */
import { decodeReport } from '../../domain/wire/desk-report.ts';
import type { JournalMetrics } from '../metrics/metrics.ts';

/** So many series at most: those that were heard of last. */
const mostShown = 200;

export interface Reports {
  /** A desk's ping; anything but a report says nothing. */
  heard(device: string, payload: Uint8Array): void;
  /** It has gone; where it has another socket, the next ping shows it again. */
  forget(device: string): void;
}

export function keepReports({ median, p99 }: JournalMetrics, most = mostShown): Reports {
  /** In the order of the last word. */
  const shown = new Set<string>();

  function forget(device: string): void {
    if (!shown.delete(device)) return;
    for (const gauge of [median, p99]) gauge.remove({ id: device });
  }

  return {
    forget,
    heard(device, payload) {
      const report = decodeReport(payload);
      if (!report) return;
      shown.delete(device);
      shown.add(device);
      median.set({ id: device }, report.journal.p50 / 1000);
      p99.set({ id: device }, report.journal.p99 / 1000);
      for (const oldest of shown) {
        if (shown.size <= most) break;
        forget(oldest);
      }
    },
  };
}

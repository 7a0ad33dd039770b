/**
 * Which boot of the machine this is. PGlite never syncs its files, so what it wrote is safe from a killed process (the
 * kernel still holds it) and not from a lost kernel.
 */
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/**
 * The kernel's own id on Linux; elsewhere the boot's time to the minute, which may waver: that costs a fetch, never a
 * wrong row.
 */
export async function bootId(now: number): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return `booted-${Math.round((now / 1000 - uptime()) / 60)}`;
  }
}

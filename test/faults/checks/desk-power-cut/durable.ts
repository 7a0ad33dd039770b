/** What a log of syncs says is on the disk for sure. */
import { readFileSync } from 'node:fs';
import { syncLineSchema } from './sync-log.ts';

export interface Durable {
  /** File → what it held when it was synced last. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** File → its size and time at its last sync. */
  readonly versions: ReadonlyMap<string, string>;
  /** Folder → name → file, as of the folder's last sync. */
  readonly names: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads the log as it is at this moment; a line that is being written has not happened. */
export function readDurable(log: string): Durable {
  const contents = new Map<string, Buffer>();
  const versions = new Map<string, string>();
  const names = new Map<string, Record<string, string>>();
  for (const text of readFileSync(log, 'utf8').split('\n').slice(0, -1)) {
    const line = syncLineSchema.parse(JSON.parse(text));
    versions.set(line.ino, line.version);
    if (line.content !== null) contents.set(line.ino, Buffer.from(line.content, 'base64'));
    if (line.names !== null) names.set(line.ino, line.names);
  }
  return { contents, versions, names };
}

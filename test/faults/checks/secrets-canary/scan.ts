/** Looks for many byte strings in many files at once, inside of what is compressed too. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { formsOf, type Canary, type Form } from './forms.ts';

export interface Hit {
  readonly canary: Canary;
  readonly encoding: string;
  /** Below the folder that was searched. */
  readonly file: string;
}

export interface Scanned {
  readonly files: number;
  readonly bytes: number;
  readonly hits: readonly Hit[];
}

export async function scanFolder(folder: string, canaries: readonly Canary[]): Promise<Scanned> {
  const find = finder(canaries.flatMap(formsOf));
  const hits: Hit[] = [];
  let files = 0;
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    files += 1;
    for (const part of [content, ...unpacked(content)]) {
      bytes += part.length;
      for (const { canary, encoding } of find(part))
        hits.push({ canary, encoding, file: relative(folder, path) });
    }
  }
  return { files, bytes, hits };
}

/** One look at each place decides, by its first four bytes, whether any of the forms could begin there. */
function finder(forms: readonly Form[]): (content: Buffer) => Set<Form> {
  const starts = new Map<number, Form[]>();
  const firstPairs = new Uint8Array(1 << 16);
  for (const form of forms) {
    const start = form.bytes.readUInt32BE(0);
    starts.set(start, [...(starts.get(start) ?? []), form]);
    firstPairs[start >>> 16] = 1;
  }
  return (content) => {
    const found = new Set<Form>();
    for (let at = 0; at + 4 <= content.length; at += 1) {
      if (firstPairs[((content[at] ?? 0) << 8) | (content[at + 1] ?? 0)] === 0) continue;
      for (const form of starts.get(content.readUInt32BE(at)) ?? []) {
        if (content.subarray(at, at + form.bytes.length).equals(form.bytes)) found.add(form);
      }
    }
    return found;
  };
}

const magic = Buffer.from([0x1f, 0x8b, 0x08]);

/** What gzip has packed, wherever in the file it begins: snapshots are one such stream, backups several. */
function unpacked(content: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = content.indexOf(magic); at !== -1; at = content.indexOf(magic, at + 1)) {
    try {
      parts.push(gunzipSync(content.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch {
      // Three bytes that only look like its beginning.
    }
  }
  return parts;
}

/** What `gatehouse gateway --target haproxy --write-config FILE` does. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../state/disk.ts';
import { ensureMapFiles } from './bulk.ts';
import { haproxyConfig } from './config.ts';
import type { HaproxyConfigOptions } from './config.ts';

/** Writes haproxy.cfg and, where they are missing, the empty maps without which HAProxy does not start. */
export async function prepareHaproxy(file: string, options: HaproxyConfigOptions): Promise<void> {
  await ensureMapFiles(options.mapsDir);
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, [haproxyConfig(options)]);
}

/** Faults of a desk on its own machine: its journal, its copy, its folder, its disk. */
import type { Plant } from '../plant.ts';

export const deskDiskPlants: readonly Plant[] = [
  {
    fault: 'damage in the journal taken for a torn tail',
    file: 'main/core/journal/records.ts',
    find: '!soundRecordAfter(bytes, offset + 1) && unfinished(bytes.subarray(offset))',
    replace: 'true',
    check: 'journal-torn',
  },
  {
    fault: 'no checksum over a journal record',
    alone: true,
    file: 'main/core/journal/records.ts',
    find: 'return crc32(payload) === bytes.readUInt32BE(offset + 8) ? payload : null;',
    replace: 'return payload;',
    check: 'journal-torn',
  },
  {
    fault: 'a torn tail of the journal is left in place',
    alone: true,
    file: 'main/core/journal/disk.ts',
    find: 'if ((await handle.stat()).size > end) {',
    replace: 'if (end < 0) {',
    check: 'journal-torn',
  },
  {
    fault: 'the copy is trusted on any boot of the machine',
    file: 'main/core/replica/folder.ts',
    find: 'return mark.clean || mark.boot === boot;',
    replace: 'return mark.clean || boot !== null;',
    check: 'desk-power-cut',
  },
  {
    fault: 'the copy is called clean before it is synced',
    alone: true,
    file: 'main/core/replica/folder.ts',
    find: 'await syncTree(replicaFolder(dataDir));',
    replace: '',
    check: 'desk-power-cut',
  },
  {
    fault: 'no fsync in the journal',
    file: 'main/core/journal/file.ts',
    find: `      await disk.datasync();
      unsure = false;
    } catch`,
    replace: `      unsure = false;
    } catch`,
    check: 'desk-power-cut',
  },
  {
    fault: 'no lock on the folder',
    alone: true,
    file: 'main/core/desk.ts',
    find: "const lock = await holdFolder(dataDir, 'desk');",
    replace: 'const lock = { release: async () => undefined };',
    check: 'double-open',
  },
  {
    fault: 'a lock that somebody holds counts as free',
    alone: true,
    file: 'main/core/lock.ts',
    find: "reject(systemCode(error) === 'EADDRINUSE' ? taken(error) : error)",
    replace: 'resolve({ release: async () => undefined })',
    check: 'double-open',
  },
  {
    fault: 'a decision is acknowledged though the journal’s disk refused it',
    file: 'main/core/journal/file.ts',
    find: 'throw unwritable(error);',
    replace: 'return;',
    check: 'disk-full',
  },
  {
    fault: 'a record that did not fit is left half in the journal',
    alone: true,
    file: 'main/core/journal/file.ts',
    find: 'await cutBack().catch(() => undefined);',
    replace: 'unsure = false;',
    check: 'disk-full',
  },
  {
    fault: 'any end of a connection is taken for the end of the device',
    file: 'main/core/sync/sync.ts',
    find: "if (code === 'device_revoked') {",
    replace: "if (code !== 'token_expired') {",
    check: 'disk-full-server',
  },
  {
    fault: 'what is left of a backup that did not fit stays',
    alone: true,
    file: 'sync-server/backup/make.ts',
    find: '      await rm(beside, { force: true });\n',
    replace: '',
    check: 'disk-full-files',
  },
  {
    fault: 'a write that a full disk cut short counts as done',
    file: 'domain/write-all.ts',
    find: 'done += bytesWritten;',
    replace: 'done = bytes.length;',
    check: 'disk-full-files',
  },
];

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
    file: 'main/core/journal/records.ts',
    find: 'return crc32(payload) === bytes.readUInt32BE(offset + 8) ? payload : null;',
    replace: 'return payload;',
    check: 'journal-torn',
  },
  {
    fault: 'a torn tail of the journal is left in place',
    file: 'main/core/journal/disk.ts',
    find: 'if ((await handle.stat()).size > end) {',
    replace: 'if (end < 0) {',
    check: 'journal-torn',
  },
];

/** Faults that hostile input brings to light. */
import type { Plant } from '../plant.ts';

export const hostilePlants: readonly Plant[] = [
  {
    fault: 'the checksum of a frame is not verified',
    file: 'domain/wire/sync.ts',
    find: 'view.getUint32(end) !== crc32(bytes.subarray(0, end))',
    replace: 'false',
    check: 'fuzzed-frames',
  },
  {
    fault: 'an update is applied before it is looked at (no scratch copy)',
    file: 'sync-server/replication/intents.ts',
    find: '      lookThrough(update);\n',
    replace: '      damagedUnless(() => Y.applyUpdate(doc, update));\n      lookThrough(update);\n',
    check: 'fuzzed-frames',
  },
  {
    fault: 'an update may wait for its predecessor',
    file: 'sync-server/replication/intents.ts',
    find: "if (store.pendingStructs || store.pendingDs) throw new GatehouseError('frame_damaged');",
    replace: '',
    check: 'fuzzed-frames',
  },
  {
    fault: 'an update may insert and delete anywhere',
    file: 'sync-server/replication/intents.ts',
    find: "if (!oneWriter || !items) throw new GatehouseError('document_refused');",
    replace: "if (!oneWriter) throw new GatehouseError('document_refused');\n    if (!items) return [];",
    check: 'fuzzed-frames',
  },
  {
    fault: 'intents are not parsed by their schema',
    file: 'sync-server/replication/intents.ts',
    find: "if (!intent.success) throw new GatehouseError('invalid_input', { cause: intent.error });",
    replace: 'if (!intent.success) return value;',
    check: 'fuzzed-frames',
  },
];

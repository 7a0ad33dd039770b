/** Reads the binary format of PostgreSQL's COPY, as snapshots come in it, into rows as frames carry them. */
import { columnName, type Column } from '../../domain/columns.ts';
import { entities, type EntityKind } from '../../domain/entities.ts';
import type { Chunk } from '../../domain/wire/snapshot.ts';

/** Signature, flags, length of the extension (none). */
const headBytes = 19;
/** PostgreSQL counts microseconds from here. */
const millennium = Date.UTC(2000, 0, 1);

const decoders: { readonly [T in Column['sql']]: (bytes: Buffer) => unknown } = {
  uuid: (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  text: (bytes) => bytes.toString('utf8'),
  integer: (bytes) => bytes.readInt32BE(),
  bigint: (bytes) => Number(bytes.readBigInt64BE()),
  boolean: (bytes) => bytes[0] === 1,
  timestamptz: (bytes) => new Date(Number(bytes.readBigInt64BE() / 1000n) + millennium).toISOString(),
  // The first byte is the format's version.
  jsonb: (bytes): unknown => JSON.parse(bytes.toString('utf8', 1)),
};

/** The rows of one unpacked chunk, not parsed yet. */
export function copyRows(
  kind: EntityKind,
  columns: Chunk['columns'],
  bytes: Buffer,
): Record<string, unknown>[] {
  const known = new Map(
    Object.entries<Column>(entities[kind].columns).map(([name, column]) => [
      columnName(name),
      { name, column },
    ]),
  );
  const rows: Record<string, unknown>[] = [];
  let at = headBytes;
  for (let fields = bytes.readInt16BE(at); fields >= 0; fields = bytes.readInt16BE(at)) {
    at += 2;
    const row: Record<string, unknown> = {};
    for (const column of columns) {
      const found = known.get(column);
      if (!found) throw new Error(`a chunk of ${kind} with an unknown column ${column}`);
      const length = bytes.readInt32BE(at);
      at += 4;
      row[found.name] = length < 0 ? null : decoders[found.column.sql](bytes.subarray(at, at + length));
      at += Math.max(0, length);
    }
    rows.push(row);
  }
  return rows;
}

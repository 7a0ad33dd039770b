/** Rows in the binary format of PostgreSQL's COPY, as a server's snapshot holds them; for tests. */
import type { Column } from '../../../domain/columns.ts';
import { entities, type EntityKind, type Row } from '../../../domain/entities.ts';

const head = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const end = Buffer.from([0xff, 0xff]);
/** PostgreSQL counts microseconds from here. */
const millennium = Date.UTC(2000, 0, 1);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

const encoders: { readonly [T in Column['sql']]: (value: unknown) => Buffer } = {
  uuid: (value) => Buffer.from(String(value).replaceAll('-', ''), 'hex'),
  text: (value) => Buffer.from(String(value), 'utf8'),
  integer: (value) => int32(Number(value)),
  bigint: (value) => int64(BigInt(Number(value))),
  boolean: (value) => Buffer.from([value === true ? 1 : 0]),
  timestamptz: (value) => int64(BigInt(Date.parse(String(value)) - millennium) * 1000n),
  // The first byte is the format's version.
  jsonb: (value) => Buffer.concat([Buffer.from([1]), Buffer.from(JSON.stringify(value), 'utf8')]),
};

function tuple(kind: EntityKind, row: Row<EntityKind>): Buffer {
  const values = new Map<string, unknown>(Object.entries(row));
  const columns = Object.entries<Column>(entities[kind].columns);
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  const fields = columns.map(([name, { sql }]) => {
    const value = values.get(name) ?? null;
    if (value === null) return int32(-1);
    const bytes = encoders[sql](value);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return Buffer.concat([count, ...fields]);
}

/** What `COPY table TO STDOUT (FORMAT binary)` would say. */
export function copyBinary(kind: EntityKind, rows: readonly Row<EntityKind>[]): Buffer {
  return Buffer.concat([head, ...rows.map((row) => tuple(kind, row)), end]);
}

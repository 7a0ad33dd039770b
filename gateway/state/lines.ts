/** Bodies as lines. A big snapshot is read in slices, so that calls are answered in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GatehouseError, fieldErrors } from '../../domain/errors.ts';
import { lineSchema } from '../../domain/wire/gateway.ts';
import type { GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';
import type { Records } from './records.ts';

const linesInOneGo = 2_000;

/** Calls `use` with every line. @throws GatehouseError malformed_json, invalid_input: nothing of the body counts then */
export async function readLines(body: Buffer, use: (line: GatewayLine) => void): Promise<void> {
  let number = 0;
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(0x0a, start);
    const end = newline === -1 ? body.length : newline;
    number += 1;
    if (end > start) use(parseLine(body.toString('utf8', start, end), number));
    start = end + 1;
    if (number % linesInOneGo === 0) await nextTurn();
  }
}

/** The lines of a small body. */
export async function linesOf(body: Buffer): Promise<GatewayLine[]> {
  const lines: GatewayLine[] = [];
  await readLines(body, (line) => lines.push(line));
  return lines;
}

function parseLine(text: string, number: number): GatewayLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError('malformed_json', {
      message: `Line ${number} of the answer is not JSON.`,
      cause,
    });
  }
  const parsed = lineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GatehouseError('invalid_input', {
    message: `Line ${number} of the answer is not a record.`,
    fields: fieldErrors(parsed.error),
  });
}

/** The records as a snapshot's body. */
export async function writeLines(records: Records): Promise<Buffer> {
  const slices: Buffer[] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    slices.push(Buffer.from(lines.join('')));
    lines = [];
    await nextTurn();
  };
  for (const record of allRecords(records)) {
    lines.push(`${JSON.stringify({ op: 'put', record })}\n`);
    if (lines.length === linesInOneGo) await flush();
  }
  await flush();
  return Buffer.concat(slices);
}

/** Every record that is held, in the order of a snapshot's body. */
export function* allRecords(records: Records): Generator<GatewayRecord> {
  yield* records.services();
  for (const [hash, credential] of records.credentials()) yield { k: 'credential', hash, ...credential };
  yield* records.connections();
}

/** HAProxy's runtime API over its unix socket: one connection for each exchange, closed by HAProxy after its answer. */
import { connect } from 'node:net';
import { GatehouseError } from '../../domain/errors.ts';
import type { Entry } from './values.ts';

export interface RuntimeSocket {
  /** Several commands in few exchanges; answers nothing or throws. Each must be silent when it succeeds. */
  run(commands: readonly string[]): Promise<void>;
  /** The values of keys, null where a key or its map is missing. */
  lookUp(keys: readonly { readonly map: string; readonly key: string }[]): Promise<(string | null)[]>;
  /** Replaces a whole map in one step that calls never see half of. */
  replace(map: string, entries: Iterable<Entry>): Promise<void>;
}

/** HAProxy's default buffer has 16 KiB; a command with its payload must fit. */
const exchangeBytes = 8 * 1024;

/** @param timeout milliseconds after which a silent HAProxy counts as gone */
export function createRuntimeSocket(path: string, timeout = 2_000): RuntimeSocket {
  const exchange = (text: string): Promise<string> => exchangeOnce(path, text, timeout);

  async function silent(text: string): Promise<void> {
    const answer = (await exchange(text)).trim();
    if (answer !== '') throw refused(answer.split('\n')[0] ?? answer);
  }

  return {
    async run(commands) {
      for (const batch of batches(commands, ';')) await silent(batch);
    },
    async lookUp(keys) {
      const values: (string | null)[] = [];
      for (const { map, key } of keys) {
        const answer = await exchange(`get map ${map} ${key}`);
        values.push(/found=yes.*, value="([^"]*)"/.exec(answer)?.[1] ?? null);
      }
      return values;
    },
    async replace(map, entries) {
      const answer = await exchange(`prepare map ${map}`);
      const version = /version created: (\d+)/i.exec(answer)?.[1];
      if (version === undefined) throw refused(answer.trim());
      for (const payload of batches(asLines(entries), '\n')) {
        await silent(`add map @${version} ${map} <<\n${payload}\n`);
      }
      await silent(`commit map @${version} ${map}`);
    },
  };
}

function* asLines(entries: Iterable<Entry>): Generator<string> {
  for (const [key, value] of entries) yield `${key} ${value}`;
}

/** Joins pieces up to the size of one exchange. */
function* batches(pieces: Iterable<string>, separator: string): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    if (batch !== '' && batch.length + piece.length >= exchangeBytes) {
      yield batch;
      batch = '';
    }
    batch += batch === '' ? piece : separator + piece;
  }
  if (batch !== '') yield batch;
}

function exchangeOnce(path: string, text: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(timeout, () => {
      socket.destroy(new Error(`no answer for ${timeout} ms`));
    });
    socket.on('connect', () => socket.write(`${text}\n`));
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('end', () => {
      resolve(answer);
    });
    socket.on('error', (cause) => {
      reject(refused(cause.message, cause));
    });
  });
}

function refused(detail: string, cause?: unknown): GatehouseError {
  return new GatehouseError('haproxy_refused', { message: `HAProxy: ${detail}`, cause });
}

import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes, errors } from '../../domain/error-codes.ts';

const root = join(import.meta.dirname, '../..');
const table = 'domain/ERRORS.md';

/** The documentation of the error table, as it has to read. */
function documented(): string {
  const rows = errorCodes.map((code) => {
    const { status, message, mend } = errors[code];
    return `| \`${code}\` | ${status} | ${message} | ${mend} |`;
  });
  const head = ['# Error codes', '', '| code | status | what happened | the mend |', '|---|---|---|---|'];
  return `${[...head, ...rows].join('\n')}\n`;
}

describe('error codes', () => {
  it(`are documented in ${table}, no more and no fewer`, async () => {
    await expect(documented()).toMatchFileSnapshot(join(root, table));
  });

  it('are all used', async () => {
    const folders = ['domain', 'main', 'renderer', 'sync-server', 'gateway'];
    const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,svelte}`, { cwd: root }));
    const sources = await Promise.all(
      files
        .filter((file) => !/^domain\/codes\/|error-codes\.ts$/.test(file) && !/\.test\.ts$/.test(file))
        .map((file) => readFile(join(root, file), 'utf8')),
    );
    const unused = errorCodes.filter((code) => !sources.some((source) => source.includes(`'${code}'`)));
    expect(unused).toEqual([]);
  });
});

/** The list of who was erased, after writes that broke off. */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { erasuresFile, noteErasure, notedErasures } from './log.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-erasures-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('whoever is erased after a line broke off is on the list, and so is everybody before', async () => {
  const [first, torn, last] = [randomUUID(), randomUUID(), randomUUID()];
  await noteErasure(folder, first);
  for (const length of [1, 13, 35]) {
    await appendFile(join(folder, erasuresFile), torn.slice(0, length));
    await noteErasure(folder, last);
  }
  expect(await notedErasures(folder)).toEqual([first, last]);
});

test('a list in which an id was written behind a broken line already still has it', async () => {
  const id = randomUUID();
  await appendFile(join(folder, erasuresFile), `${randomUUID().slice(0, 13)}${id}\n`);
  expect(await notedErasures(folder)).toEqual([id]);
});

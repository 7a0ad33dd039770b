import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeFolder, scratchFolder } from './testing/desk.ts';

const lockModule = pathToFileURL(join(import.meta.dirname, 'lock.ts')).href;

/** Takes the lock when told to, says how that went, and holds it until it is killed. */
const program = `
const { hold } = await import(${JSON.stringify(lockModule)});
process.on('message', (folder) => hold(folder, 'desk').then(
  () => process.send('held'), (error) => process.send(error.code ?? String(error))));
process.send('ready');
setInterval(() => {}, 1000);
`;

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
  await writeFile(join(folder, 'holder.mjs'), program);
});
afterEach(() => removeFolder(folder));

async function contender() {
  const child = fork(join(folder, 'holder.mjs'));
  const next = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
  await next();
  return {
    hold: (): Promise<unknown> => {
      const answer = next();
      child.send(folder);
      return answer;
    },
    kill: (): Promise<void> =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

test('of several that start at once exactly one holds the folder, and its death frees it', async () => {
  for (let round = 0; round < 3; round++) {
    const all = await Promise.all([contender(), contender(), contender()]);
    const answers = await Promise.all(all.map((one) => one.hold()));
    expect([...answers].sort()).toEqual(['folder_in_use', 'folder_in_use', 'held']);
    await all[answers.indexOf('held')]?.kill();
    const loser = all[answers.indexOf('folder_in_use')];
    expect(await loser?.hold()).toBe('held');
    await Promise.all(all.flatMap((one, index) => (answers[index] === 'held' ? [] : [one.kill()])));
  }
});

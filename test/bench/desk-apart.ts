/** A signed-in desk and its server, each a process of its own as they are in life, on a portal that was filled before. */
import { testDesk, type TestDesk } from '../../main/core/testing/desk.ts';
import type { Commit } from '../../sync-server/changelog/commit.ts';
import { deskFolders } from '../support/desk-folder.ts';
import { formBrowser } from '../support/sign-in.ts';
import { startWhole, type Whole } from '../support/whole.ts';

/** What `fill` made is handed on to `measure`. Nothing is left running, whatever happens. */
export async function onDeskApart<F, R>(
  fill: (commit: Commit) => Promise<F>,
  measure: (desk: TestDesk, whole: Whole, filled: F) => Promise<R>,
): Promise<R> {
  const whole = await startWhole();
  const folders = await deskFolders();
  try {
    const filled = await fill(whole.server.deps.commit);
    const person = await whole.addAdmin('Ada');
    await whole.stop();
    await whole.startApart();
    const desk = await testDesk({
      dataDir: await folders.make(),
      server: whole.cable.url,
      openBrowser: formBrowser(person),
    });
    try {
      await desk.signIn();
      return await measure(desk, whole, filled);
    } finally {
      await desk.close();
    }
  } finally {
    await whole.close();
    await folders.remove();
  }
}

/** A desk for tests: its own folder, a browser that signs in by itself, and a way to wait for what a user would see. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeskCall, DeskInput, DeskOutputs } from '../../../domain/desk/api.ts';
import type { Status } from '../../../domain/desk/rows.ts';
import type { Result } from '../../../domain/errors.ts';
import { openDesk, type DeskNeeds, type OpenDesk } from '../desk.ts';
import { privateFolder } from '../files.ts';
import { holdSoon } from '../lock.ts';
import { systemClock, systemRandom } from '../ports.ts';
import { launchOwner } from '../replica/launch.ts';
import { prepareTemplate } from '../replica/template.ts';
import { memorySecrets } from '../session/secrets.ts';

export async function scratchFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gatehouse-desk-'));
}

/** A folder with the copy's template in it, which is built once for all test files: seconds, and not what they test. */
export async function deskFolder(): Promise<string> {
  const shared = join(tmpdir(), `gatehouse-test-template-${process.getuid?.() ?? 0}`);
  await privateFolder(shared);
  const lock = await holdSoon(shared, 'replica', 60_000);
  await prepareTemplate(shared).finally(() => lock.release());
  const folder = await scratchFolder();
  await cp(shared, folder, { recursive: true });
  return folder;
}

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5 });

/** Follows the sign-in page's redirects, as a browser whose user is signed in already. */
export async function quickBrowser(url: string): Promise<boolean> {
  await fetch(url);
  return true;
}

export interface TestDesk extends OpenDesk {
  /** The value of a call that must succeed. */
  ask<C extends DeskCall>(call: C, input: DeskInput<C>): Promise<DeskOutputs[C]>;
  try<C extends DeskCall>(call: C, input: DeskInput<C>): Promise<Result<DeskOutputs[C]>>;
  /** Waits until the status is as wished. */
  until(wished: (status: Status) => boolean): Promise<Status>;
  signIn(): Promise<void>;
}

function invoke<C extends DeskCall>(
  desk: OpenDesk,
  call: C,
  input: DeskInput<C>,
): Promise<Result<DeskOutputs[C]>> {
  return desk.handlers[call](input);
}

export async function testDesk(
  needs: Pick<DeskNeeds, 'dataDir' | 'server'> & Partial<DeskNeeds>,
): Promise<TestDesk> {
  const desk = await openDesk({
    hold: 0,
    clock: systemClock,
    random: systemRandom,
    secrets: memorySecrets(),
    launch: launchOwner,
    openBrowser: quickBrowser,
    deviceName: 'test',
    ...needs,
  });
  const ask: TestDesk['ask'] = async (call, input) => {
    const result = await invoke(desk, call, input);
    if (!result.ok) throw new Error(`${call}: ${result.failure.code}`);
    return result.value;
  };
  const until: TestDesk['until'] = (wished) =>
    new Promise((resolve, reject) => {
      const look = (status: Status): void => {
        if (!wished(status)) return;
        stop();
        resolve(status);
      };
      const stop = desk.events.subscribe('status', look);
      ask('status.get', {}).then(look, reject);
    });
  return {
    ...desk,
    ask,
    try: (call, input) => invoke(desk, call, input),
    until,
    signIn: async () => {
      const signedIn = new Promise<void>((resolve) => {
        const stop = desk.events.subscribe('session', (session) => {
          if (!session.signedIn) return;
          stop();
          resolve();
        });
      });
      await ask('session.signIn', {});
      await signedIn;
      await until(({ sync }) => sync.state === 'synced');
    },
  };
}

export const synced = ({ sync }: Status): boolean => sync.state === 'synced';
export const settled = (status: Status): boolean =>
  synced(status) && status.held + status.waiting + status.sent === 0;

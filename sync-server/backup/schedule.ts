/** Backups by the clock, of which the newest few are kept. One that fails is told of and tried again soon. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Pool } from 'pg';
import { GatehouseError } from '../../domain/errors.ts';
import type { Commit } from '../changelog/commit.ts';
import { backupAndLog } from './logged.ts';
import { looksWhole } from './open.ts';

export interface ScheduleNeeds {
  readonly pool: Pool;
  readonly commit: Commit;
  readonly clock: () => number;
  readonly log: Logger;
  readonly folder: string;
  /** Milliseconds from one to the next. */
  readonly every: number;
  readonly keep: number;
}

export interface Schedule {
  /** Waits for one that is being made. */
  stop(): Promise<void>;
}

const retryAfter = 15 * 60_000;
/** The longest that a timer of Node's can wait. */
const longest = 2 ** 31 - 1;
const prefix = 'gatehouse-auto-';
const pattern = /^gatehouse-auto-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.backup$/;

/** `20261121T052106123Z`: sorts by time, and is a file's name everywhere. */
export function stamp(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:.]/g, '');
}

function madeAt(name: string): number {
  const [, year, month, day, hour, minute, second, milliseconds] = (pattern.exec(name) ?? []).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, milliseconds);
}

interface Found {
  /** Whole as far as its ends tell, and not of the future; oldest first. */
  readonly good: readonly string[];
  /** What is called like them and counts for nothing: for when the next is due as for how many are kept. */
  readonly strange: readonly string[];
}

/** Those that the clock made. Backups that people made are never looked at. */
async function scheduled(folder: string, now: number): Promise<Found> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const good: string[] = [];
  const strange: string[] = [];
  for (const name of (await readdir(folder)).filter((one) => pattern.test(one)).sort()) {
    const counts = madeAt(name) <= now && (await looksWhole(join(folder, name)));
    (counts ? good : strange).push(name);
  }
  return { good, strange };
}

/** The first is due when the newest there is older than `every`, so that a server that is often restarted has some, too. */
export function scheduleBackups(needs: ScheduleNeeds): Schedule {
  const { clock, log, folder, every, keep } = needs;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void>;
  let stopped = false;

  const one = async (): Promise<number> => {
    const newest = (await scheduled(folder, clock())).good.at(-1);
    const due = newest === undefined ? clock() : madeAt(newest) + every;
    if (due > clock()) return due - clock();
    const { path, bytes } = await backupAndLog(needs, join(folder, `${prefix}${stamp(clock())}.backup`));
    log.info({ path, bytes }, 'made a backup');
    const { good, strange } = await scheduled(folder, clock());
    if (strange.length > 0)
      log.warn({ folder, files: strange }, 'files that are no backups, or of the future, are left alone');
    await Promise.all(good.slice(0, -keep).map((name) => rm(join(folder, name))));
    return every;
  };

  const turn = async (): Promise<void> => {
    const next = await one().catch((error: unknown) => {
      const failure = error instanceof GatehouseError ? error.failure : undefined;
      log.error(
        { err: error, code: failure?.code ?? 'backup_failed' },
        'a backup failed; trying again later',
      );
      return Math.min(every, retryAfter);
    });
    wait(next);
  };

  const wait = (milliseconds: number): void => {
    if (stopped) return;
    timer = setTimeout(
      () => {
        working = turn();
      },
      Math.min(milliseconds, longest),
    );
    timer.unref();
  };

  working = turn();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await working;
    },
  };
}

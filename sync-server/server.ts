/** Starts a whole server and stops it in order. */
import { createWake } from './changelog/wake.ts';
import { headSeq, listen } from './changelog/listen.ts';
import { scheduleBackups } from './backup/schedule.ts';
import { startClosings } from './closings/start.ts';
import { ensureFirstAdmin } from './admins/accounts.ts';
import { startFailureReports } from './admins/sign-in/failures.ts';
import { startCheckpoints } from './audit/checkpointer.ts';
import { loadCheckpointKey } from './audit/checkpoint-key.ts';
import { buildApp } from './app.ts';
import { parseSettings, settle, type Config, type Flags } from './config/config.ts';
import { isoTime } from './config/deps.ts';
import { startFiller } from './scopes/filler.ts';
import { createLog, type LogLevel } from './config/log.ts';
import { openDatabase } from './database.ts';
import type { Ended } from './db/embedded/postmaster.ts';
import { startSender } from './mail/sender.ts';
import { createMailTransport } from './mail/transport.ts';
import { startHousekeeping } from './watching/housekeeping.ts';
import { createPoster } from './webhooks/post.ts';
import { startWebhooks } from './webhooks/worker.ts';
import { fittingKey } from './secrets/fitting-key.ts';
import { sealerOf } from './secrets/seal.ts';
import { createDeps } from './parts.ts';
import { choosePort, takenOr } from './port.ts';
import { loadServerKey } from './signing/key.ts';
import type { AppDeps } from './app.ts';

export interface StartOptions {
  readonly flags?: Flags;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly logLevel?: LogLevel;
  /** Called when the database ends by itself, or is another one all at once: the server cannot go on and should be closed. */
  readonly onFailure?: (error: Error) => void;
}

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. People use `config.publicUrl`. */
  readonly url: string;
  readonly config: Config;
  /** For commands in the same process, such as the demo at the first start. */
  readonly deps: AppDeps;
  /** At the very first start only: to be shown once. */
  readonly firstAdmin: { readonly email: string; readonly password: string } | null;
  close(): Promise<void>;
}

/** Undoes what was started, last first, once. */
class Closing {
  readonly #steps: (() => Promise<void>)[] = [];
  #closed: Promise<void> | null = null;

  add(step: () => Promise<void>): void {
    this.#steps.unshift(step);
  }

  close(): Promise<void> {
    this.#closed ??= this.#run();
    return this.#closed;
  }

  async #run(): Promise<void> {
    for (const step of this.#steps) await step();
  }
}

/**
 * Throws `invalid_input` for settings, `port_taken`, or what the database says (`DatabaseError`); nothing is left running
 * then.
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { flags = {}, env = process.env, logLevel = 'info', onFailure } = options;
  const settings = parseSettings(flags, env);
  const config = settle(settings, await choosePort(settings.host, settings.port));
  const closing = new Closing();
  try {
    return await start(config, logLevel, closing, (error) => onFailure?.(error));
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(
  config: Config,
  logLevel: LogLevel,
  closing: Closing,
  failed: (error: Error) => void,
): Promise<RunningServer> {
  const clock = (): number => Date.now();
  const log = createLog(logLevel);
  const onExit = ({ signal, code }: Ended): void => {
    failed(new Error(`The database ended by itself (${String(signal ?? code)}).`));
  };
  const database = await openDatabase(config, log, onExit, { shape: 'make' });
  closing.add(() => database.close());

  const { db, pool, connection, outgrown } = database;
  const wake = createWake(await headSeq(db));
  const listener = await listen({ connection, db, wake, outgrown, log, replaced: failed });
  closing.add(() => listener.stop());

  const sealer = sealerOf(await fittingKey(db, config, config.newSecretsKey));
  const closings = await startClosings({ db, log }, config.closingsLog);
  closing.add(() => closings.stop());
  const key = await loadServerKey(db, sealer, isoTime(clock()));
  const deps: AppDeps = { ...createDeps({ db, pool, wake, outgrown, log, config, sealer, clock }), key };
  const firstAdmin = await ensureFirstAdmin(deps.commit, clock);

  // Stopped after all that commits.
  const checkpoints = await startCheckpoints(
    { ...deps, key: await loadCheckpointKey(config.dataDir) },
    config,
  );
  closing.add(() => checkpoints.stop());

  const transport = createMailTransport(config);
  closing.add(async () => transport.close());
  const sender = startSender(deps, transport);
  closing.add(() => sender.stop());
  const webhooks = startWebhooks({ ...deps, poster: createPoster(config.webhookPrivate) });
  closing.add(() => webhooks.stop());
  const failures = startFailureReports(deps);
  closing.add(() => failures.stop());
  const housekeeping = startHousekeeping(deps);
  closing.add(() => housekeeping.stop());
  const filler = startFiller(deps);
  closing.add(() => filler.stop());

  const { backupEvery: every, backupDir: folder, backupKeep: keep } = config;
  const schedule = every === null ? null : scheduleBackups({ ...deps, folder, every, keep });
  closing.add(async () => schedule?.stop());

  const app = await buildApp(deps);
  closing.add(() => app.close());
  const { host, port } = config;
  try {
    const url = await app.listen({ host, port });
    return { url, config, deps, firstAdmin, close: () => closing.close() };
  } catch (error) {
    throw takenOr(error, port);
  }
}

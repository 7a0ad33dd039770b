/**
 * The desk's view of its copy: typed calls to the process that owns PGlite. Where that process dies it is started again
 * with the next call; what was under way fails, and nothing that was acknowledged is lost.
 */
import { z } from 'zod';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Bind, OwnerAnswer, OwnerCall, OwnerCalls, OwnerRequest, Standing } from './calls.ts';
import type { ChildPort, Launch } from './port.ts';

/** For all that only look. */
export interface ReplicaReader {
  /** Rows of a statement, each parsed. `binds` are `$1`, `$2`, …; lists go as one JSON text. */
  query<T>(row: z.ZodType<T>, sql: string, binds?: readonly Bind[]): Promise<T[]>;
}

export interface Replica extends ReplicaReader {
  call<C extends OwnerCall>(call: C, input: OwnerCalls[C]['input']): Promise<OwnerCalls[C]['output']>;
  /** Makes an empty copy ready, so that the first sign-in need not wait for it. */
  prepare(): Promise<void>;
  /** Opens the copy of an owner (server and admin); another owner's is removed. */
  open(owner: string): Promise<Standing>;
  /** Closes it: clean for the next start, or removed. */
  close(keep: boolean): Promise<void>;
  /** Ends the process. */
  stop(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A channel to one running owner process. */
function connect(launch: Launch, gone: () => void) {
  const waiting = new Map<number, Waiting>();
  const child: ChildPort = launch();
  let next = 0;
  child.onMessage((message) => {
    // The owner is this program's own other half: its answers are typed by the same table.
    const answer = message as OwnerAnswer;
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) caller?.resolve(answer.value);
    else {
      const { code, message: text } = answer.failure;
      caller?.reject(new GatehouseError(code, { message: text, cause: answer.detail }));
    }
  });
  child.onClose(() => {
    gone();
    for (const caller of waiting.values()) caller.reject(new GatehouseError('replica_failed'));
    waiting.clear();
  });
  return {
    kill: () => child.kill(),
    send: <C extends OwnerCall>(call: C, input: OwnerCalls[C]['input']): Promise<OwnerCalls[C]['output']> =>
      new Promise((resolve, reject) => {
        const request: OwnerRequest<C> = { id: next++, call, input };
        waiting.set(request.id, { resolve: (value) => resolve(value as OwnerCalls[C]['output']), reject });
        child.send(request);
      }),
  };
}

/**
 * The copy in `dataDir`; its process starts with the first call. `boot` names the present boot of the machine; null: as
 * the machine says.
 */
export function replicaIn(dataDir: string, launch: Launch, boot: string | null = null): Replica {
  let channel: ReturnType<typeof connect> | null = null;
  let opened: { owner: string; standing: Promise<Standing> } | null = null;

  const live = (): ReturnType<typeof connect> =>
    (channel ??= connect(launch, () => {
      channel = null;
      opened &&= { owner: opened.owner, standing: Promise.reject(new GatehouseError('replica_failed')) };
      opened?.standing.catch(() => undefined);
      lost = opened !== null;
    }));
  let lost = false;

  const open = (owner: string): Promise<Standing> => {
    lost = false;
    const standing = live().send('open', { dataDir, owner, boot });
    const mine = { owner, standing };
    opened = mine;
    // What hindered it may be gone by the next call.
    standing.catch(() => (lost ||= opened === mine));
    return standing;
  };

  const call: Replica['call'] = async (name, input) => {
    if (lost && opened) void open(opened.owner);
    await opened?.standing;
    return live().send(name, input);
  };

  return {
    call,
    open,
    prepare: async () => void (await live().send('prepare', { dataDir, boot })),
    query: async (row, sql, binds = []) => z.array(row).parse(await call('query', { sql, binds })),
    close: async (keep) => {
      if (!opened) return;
      await call('close', { clean: keep });
      opened = null;
    },
    stop: () => {
      opened = null;
      channel?.kill();
    },
  };
}

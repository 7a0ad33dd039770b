/** Tells the server what is enforced, beside the pull loop, so that a slow acknowledgement delays no change. */
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import { backoff, rest } from './backoff.ts';
import type { ServerClient } from './client.ts';

export interface Acker {
  /** Sends the newest cursor; one that was waiting behind another is skipped. */
  acknowledge(cursor: string, digest: string): void;
  /** The cursor last confirmed by the server. */
  acknowledged(): string | null;
  /** Whether the server holds other records at that cursor than this gateway: a snapshot is due. */
  disagrees(): boolean;
  agree(): void;
  /** Resolves when nothing is being sent. */
  idle(): Promise<void>;
}

export function createAcker(client: ServerClient, log: Log, signal: AbortSignal): Acker {
  let wanted: { cursor: string; digest: string } | null = null;
  let acknowledged: string | null = null;
  let disagreed = false;
  let sending: Promise<void> | null = null;

  async function send(): Promise<void> {
    let failures = 0;
    while (wanted && !signal.aborted) {
      const ack = wanted;
      try {
        const agreed = await client.acknowledge(ack, signal);
        if (!agreed) log.error({ cursor: ack.cursor }, 'the server holds other records: loading a snapshot');
        disagreed ||= !agreed;
        if (agreed) acknowledged = ack.cursor;
        failures = 0;
        if (wanted === ack) wanted = null;
      } catch (error) {
        failures += 1;
        if (failures === 1 && error instanceof GatehouseError && !signal.aborted) {
          log.warn({ failure: error.failure }, 'not acknowledged yet');
        }
        await rest(backoff(failures), signal);
      }
    }
  }

  function start(): void {
    sending ??= send().finally(() => {
      sending = null;
      if (wanted && !signal.aborted) start();
    });
  }

  return {
    acknowledge(cursor, digest) {
      wanted = { cursor, digest };
      start();
    },
    acknowledged: () => acknowledged,
    disagrees: () => disagreed,
    agree() {
      disagreed = false;
    },
    idle: async () => {
      await sending;
    },
  };
}

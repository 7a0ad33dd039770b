/** The session's tokens: kept in the secret store, renewed before they expire, and one renewal at a time. */
import { z } from 'zod';
import { clientId, type AdminIdentity, type TokenResponse } from '../../../domain/wire/admin.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Clock } from '../ports.ts';
import type { Tokens } from '../sync/sync.ts';
import { endSession, requestToken } from './oauth.ts';
import type { SecretStore } from './secrets.ts';

const heldSchema = z.strictObject({
  access: z.string(),
  refresh: z.string(),
  /** Milliseconds. */
  expiresAt: z.number(),
});
type Held = z.infer<typeof heldSchema>;

/** Renewed this long before the end, so that a request under way does not outlive its token. Milliseconds. */
const early = 30_000;

export interface TokenStore extends Tokens {
  readonly signedIn: boolean;
  /** Reads what the store holds for this admin. */
  restore(): Promise<void>;
  keep(response: TokenResponse): Promise<void>;
  forget(): Promise<void>;
  /** Forgets them, and tells the server where it can be reached. */
  end(): Promise<void>;
}

export interface TokenNeeds {
  readonly server: string;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  /** Names the tokens in the store: one set for each admin. */
  account(): string;
  /** Who the admin is by now: the role may have changed. */
  onRenewed(admin: AdminIdentity): Promise<void>;
  /** The server will not renew them: the admin must sign in again. */
  onLost(): void;
}

function parseHeld(text: string | null): Held | null {
  if (text === null) return null;
  try {
    return heldSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function tokenStore(needs: TokenNeeds): TokenStore {
  const { clock, secrets, server } = needs;
  let held: Held | null = null;
  let renewing: Promise<string | null> | null = null;

  const keep = async (response: TokenResponse): Promise<void> => {
    held = {
      access: response.access_token,
      refresh: response.refresh_token,
      expiresAt: clock.now() + response.expires_in * 1_000,
    };
    await secrets.set(needs.account(), JSON.stringify(held));
  };

  const forget = async (): Promise<void> => {
    held = null;
    await secrets.remove(needs.account());
  };

  const exchange = async (refresh: string): Promise<string | null> => {
    try {
      const response = await requestToken(server, {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: refresh,
      });
      await keep(response);
      await needs.onRenewed(response.admin);
      return held?.access ?? null;
    } catch (error) {
      const over = ['grant_invalid', 'unauthenticated', 'token_expired', 'device_revoked', 'invalid_input'];
      if (!(error instanceof GatehouseError) || !over.includes(error.code)) throw error;
      await forget();
      needs.onLost();
      return null;
    }
  };

  const renew = async (refused: string): Promise<string | null> => {
    if (!held || held.access !== refused) return held?.access ?? null;
    renewing ??= exchange(held.refresh).finally(() => (renewing = null));
    return renewing;
  };

  return {
    get signedIn() {
      return held !== null;
    },
    restore: async () => {
      held = parseHeld(await secrets.get(needs.account()));
    },
    keep,
    forget,
    end: async () => {
      const ending = held;
      await forget();
      if (ending) void endSession(server, ending.access);
    },
    renew,
    current: async () => {
      if (!held) return null;
      return held.expiresAt - early > clock.now() ? held.access : renew(held.access);
    },
  };
}

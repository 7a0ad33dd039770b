/** A sign-in under way: the browser is out, the listener waits, and at the end there is an admin with a device. */
import type { AdminIdentity, TokenResponse } from '../../../domain/wire/admin.ts';
import { clientId } from '../../../domain/wire/admin.ts';
import type { Clock, Random } from '../ports.ts';
import { listenForCallback, type Callback } from './callback.ts';
import { authorizeUrl, enrol, requestToken, secretText } from './oauth.ts';

/** How long the admin may take, in milliseconds. */
const patience = 10 * 60_000;

export interface SignedIn {
  readonly admin: AdminIdentity;
  readonly device: string;
  readonly tokens: TokenResponse;
}

export interface SignInNeeds {
  readonly server: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly deviceName: string;
  /** The device that this admin had on this desk. */
  deviceOf(admin: string): string | null;
  onSignedIn(result: SignedIn): Promise<void>;
  /** In any case, at the end. */
  onOver(): void;
}

export interface SignIn {
  readonly url: string;
  cancel(): void;
}

async function finish(needs: SignInNeeds, callback: Callback, verifier: string): Promise<void> {
  const code = await callback.code;
  const tokens = await requestToken(needs.server, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: callback.redirectUri,
  });
  const { device } = await enrol(
    needs.server,
    tokens.access_token,
    needs.deviceName,
    needs.deviceOf(tokens.admin.id),
  );
  await needs.onSignedIn({ admin: tokens.admin, device, tokens });
}

/** Begins; the rest happens when the browser comes back. */
export async function beginSignIn(needs: SignInNeeds): Promise<SignIn> {
  const verifier = secretText(needs.random);
  const state = secretText(needs.random);
  const callback = await listenForCallback(state);
  const stopWaiting = needs.clock.after(patience, () => callback.close());
  void finish(needs, callback, verifier)
    // Cancelled, refused, expired or offline: the page offers to begin again.
    .catch(() => undefined)
    .finally(() => {
      stopWaiting();
      callback.close();
      needs.onOver();
    });
  return {
    url: authorizeUrl(needs.server, callback.redirectUri, verifier, state),
    cancel: () => callback.close(),
  };
}

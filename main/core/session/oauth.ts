/** The admin signs in on the server's own page, in the system's browser: authorization code with PKCE (RFC 7636). */
import { createHash } from 'node:crypto';
import {
  adminPaths,
  clientId,
  enrolResponseSchema,
  tokenResponseSchema,
  type Enrolment,
  type TokenRequest,
  type TokenResponse,
} from '../../../domain/wire/admin.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import type { Random } from '../ports.ts';
import { call, callJson } from '../sync/http.ts';

/** 256 bits as URL-safe text: a verifier or a state. */
export function secretText(random: Random): string {
  return Buffer.from(random(32)).toString('base64url');
}

export function authorizeUrl(server: string, redirectUri: string, verifier: string, state: string): string {
  const url = new URL(adminPaths.authorize, server);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
  }).toString();
  return url.href;
}

/** Trades a code or a refresh token. Throws `grant_invalid`, `unauthenticated` or `offline`. */
export function requestToken(server: string, body: TokenRequest): Promise<TokenResponse> {
  return callJson(tokenResponseSchema, { url: `${server}${adminPaths.token}`, body });
}

/** Binds the session to the device that this admin had here, or to a new one where the server does not know it. */
export async function enrol(
  server: string,
  token: string,
  name: string,
  device: string | null,
): Promise<Enrolment> {
  const url = `${server}${adminPaths.devices}`;
  const fresh = (): Promise<Enrolment> => callJson(enrolResponseSchema, { url, token, body: { name } });
  if (device === null) return fresh();
  return callJson(enrolResponseSchema, { url, token, body: { name, device } }).catch((error: unknown) => {
    const gone = ['device_revoked', 'device_foreign', 'not_found', 'forbidden'];
    if (error instanceof GatehouseError && gone.includes(error.code)) return fresh();
    throw error;
  });
}

/** Ends the session at the server too. The desk signs out in any case, so what goes wrong here is not told. */
export async function endSession(server: string, token: string): Promise<void> {
  await call({ url: `${server}${adminPaths.signOut}`, token, body: {} }).then(
    ({ body }) => body.dump(),
    () => undefined,
  );
}

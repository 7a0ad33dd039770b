/** The authorization request that the desk opens in the browser (RFC 6749 §4.1.1, RFC 7636, RFC 8252). */
import { z } from 'zod';
import { textSchema } from '../../domain/text.ts';
import { clientId } from '../../domain/wire/admin.ts';

/** A loopback address that the desk listens on, with the port it got from the system (RFC 8252 §7.3). */
const redirectPattern = /^http:\/\/(127\.0\.0\.1|localhost):([1-9]\d{0,4})\/callback$/;

/** What must be right before anything is sent back to the redirect address. */
const destinationSchema = z.object({
  client_id: z.literal(clientId),
  redirect_uri: z.string().max(200).regex(redirectPattern),
});

const requestSchema = z.object({
  response_type: z.literal('code'),
  code_challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  code_challenge_method: z.literal('S256'),
  state: textSchema.max(512).optional(),
});

export const authorizationSchema = z.object({ ...destinationSchema.shape, ...requestSchema.shape });
export type AuthorizationRequest = z.infer<typeof authorizationSchema>;

export type ParsedAuthorization =
  | { readonly ok: true; readonly request: AuthorizationRequest }
  /** Not from the desk: told on the page, never sent anywhere. */
  | { readonly ok: false; readonly redirect: null }
  /** From the desk but wrong: told to it. */
  | { readonly ok: false; readonly redirect: string };

export function parseAuthorization(query: unknown): ParsedAuthorization {
  const destination = destinationSchema.safeParse(query);
  if (!destination.success) return { ok: false, redirect: null };
  const request = requestSchema.safeParse(query);
  if (request.success) return { ok: true, request: { ...destination.data, ...request.data } };
  const state = z.object({ state: textSchema.max(512) }).safeParse(query);
  const parameters = { error: 'invalid_request', ...(state.success ? state.data : {}) };
  return { ok: false, redirect: withParameters(destination.data.redirect_uri, parameters) };
}

export function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  return `${address}?${new URLSearchParams(parameters).toString()}`;
}

/** Where an accepted request goes back to. `iss` says which server answers (RFC 9207). */
export function acceptedAddress(request: AuthorizationRequest, code: string, issuer: string): string {
  const state = request.state === undefined ? {} : { state: request.state };
  return withParameters(request.redirect_uri, { code, ...state, iss: issuer });
}

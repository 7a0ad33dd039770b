/** Calls through a gateway. */
import { entries } from './entry.ts';

export const calls = entries({
  path_ambiguous: {
    status: 400,
    message: 'The path contains dot segments.',
    mend: 'Send the path without “.” and “..” segments.',
  },
  key_missing: { status: 401, message: 'No API key was sent.', mend: 'Send the key in the apikey header.' },
  key_repeated: { status: 401, message: 'More than one apikey header was sent.', mend: 'Send exactly one.' },
  key_malformed: {
    status: 401,
    message: 'That is not an API key.',
    mend: 'Check for a missing or mistyped character: a key has 32.',
  },
  key_unknown: {
    status: 401,
    message: 'This API key is not valid, or no longer.',
    mend: 'Look at the application’s page in the portal, or generate a new key.',
  },
  key_expired: {
    status: 401,
    message: 'This API key has expired.',
    mend: 'Generate a new key on the application’s page in the portal.',
  },
  not_connected: {
    status: 403,
    message: 'The application of this key has no approved connection to this API.',
    mend: 'Request access on the API’s page in the portal, or wait for its approval.',
  },
  service_unknown: {
    status: 404,
    message: 'No API is offered at this path.',
    mend: 'Check the path against the API’s page in the portal.',
  },
  upstream_unreachable: {
    status: 502,
    message: 'The API behind this gateway does not answer.',
    mend: 'Try again in a moment; the request may or may not have reached it.',
  },
  gateway_not_ready: {
    status: 503,
    message: 'This gateway has no verified state yet.',
    mend: 'Try again in a moment.',
  },
  gateway_stale: {
    status: 503,
    message: 'This gateway has not heard from its server for too long.',
    mend: 'Try again later; the operator has to reconnect the gateway.',
  },
});

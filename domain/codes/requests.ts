/** What was sent over HTTP. */
import { entries } from './entry.ts';

export const requests = entries({
  malformed_json: {
    status: 400,
    message: 'The body is not valid JSON.',
    mend: 'Send well-formed JSON in UTF-8.',
  },
  invalid_input: {
    status: 400,
    message: 'Some fields are missing, unknown or of the wrong type.',
    mend: 'Correct the fields that are listed.',
  },
  body_too_large: {
    status: 413,
    message: 'The body is larger than this address accepts.',
    mend: 'Send less at once.',
  },
  request_malformed: {
    status: 400,
    message: 'This is no well-formed HTTP request.',
    mend: 'Look at the request’s first line and headers; each header once, and one length only.',
  },
  request_slow: {
    status: 408,
    message: 'The request took too long to arrive.',
    mend: 'Send it again, in one go or in smaller parts.',
  },
  headers_too_large: {
    status: 431,
    message: 'The request’s headers are larger than the server reads.',
    mend: 'Send fewer or shorter headers; cookies of other services count too.',
  },
  unsupported_media_type: {
    status: 415,
    message: 'This address takes application/json.',
    mend: 'Set the content-type header to application/json.',
  },
  not_found: {
    status: 404,
    message: 'There is nothing here by that name or id, or you may not see it.',
    mend: 'Check the address or the id.',
  },
  host_refused: {
    status: 421,
    message: 'This page is not shown under that host’s name.',
    mend: 'Open it by the server’s public address, or as localhost on its own machine.',
  },
  method_not_allowed: {
    status: 405,
    message: 'This address does not take that method.',
    mend: 'Use one that the allow header lists.',
  },
  rate_limited: {
    status: 429,
    message: 'Too many requests.',
    mend: 'Wait as long as the retry-after header says.',
  },
  internal: {
    status: 500,
    message: 'Something went wrong on the server; nothing was half-done.',
    mend: 'Try again; if it stays, give the operator the request id.',
  },
  unavailable: {
    status: 503,
    message: 'The server cannot reach its database just now.',
    mend: 'Try again in a moment.',
  },
});

/**
 * Every failure that crosses a boundary has a code, a sentence and the mend. The table is the documentation: the same
 * codes are served, shown and tested.
 */
interface Entry {
  /** HTTP status where it travels over HTTP. */
  readonly status: number;
  /** What happened, in one sentence. */
  readonly message: string;
  /** What to do now. */
  readonly mend: string;
}

function entries<const T extends Record<string, Entry>>(table: T): { readonly [K in keyof T]: Entry } {
  return table;
}

export const errors = entries({
  // what was sent
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
  // who sent it
  unauthenticated: { status: 401, message: 'Sign in first.', mend: 'Sign in and try again.' },
  token_expired: {
    status: 401,
    message: 'The session has ended.',
    mend: 'Sign in again; nothing that was decided is lost.',
  },
  credentials_wrong: {
    status: 401,
    message: 'E-mail or password is wrong, or the account is not approved.',
    mend: 'Check both, or look for our mail about the account.',
  },
  approval_required: {
    status: 401,
    message: 'Your account is not approved, or not at present.',
    mend: 'Look for our mail about the account.',
  },
  forbidden: { status: 403, message: 'Your role does not allow this.', mend: 'Ask an owner.' },
  origin_refused: {
    status: 403,
    message: 'This page may not talk to this server.',
    mend: 'Open the app from its own address, or add the origin to the allow-list.',
  },
  device_revoked: {
    status: 403,
    message: 'This device has been removed.',
    mend: 'Sign in again to enrol it anew.',
  },
  device_foreign: {
    status: 403,
    message: 'This device belongs to another admin.',
    mend: 'Enrol a device for this account.',
  },
  admin_taken: {
    status: 409,
    message: 'An admin with this e-mail exists already.',
    mend: 'Use another e-mail, or sign in with that account.',
  },
  grant_invalid: {
    status: 400,
    message: 'The sign-in code is used up, expired or not for this app.',
    mend: 'Start the sign-in again.',
  },
  // developers
  link_used: { status: 410, message: 'This link is used up or has expired.', mend: 'Ask for a new mail.' },
  password_weak: {
    status: 400,
    message: 'The password is too short or too common.',
    mend: 'Use at least 8 characters that are hard to guess.',
  },
  sso_off: {
    status: 400,
    message: 'Single sign-on is not set up for this portal.',
    mend: 'Sign in with e-mail and password.',
  },
  analytics_off: {
    status: 403,
    message: 'Analytics are not enabled for this portal.',
    mend: 'Ask the portal’s owner.',
  },
  // applications, registrations, credentials
  client_registration_off: {
    status: 403,
    message: 'This strategy registers clients at an identity provider, which this portal does not do.',
    mend: 'Choose another auth strategy.',
  },
  scopes_unsupported: {
    status: 422,
    message: 'Scopes are not supported by the application’s auth strategy.',
    mend: 'Leave them out.',
  },
  reference_taken: {
    status: 409,
    message: 'Another application of this portal uses this reference ID, or did.',
    mend: 'Choose another reference ID.',
  },
  already_registered: {
    status: 409,
    message: 'The application already has a registration for this version.',
    mend: 'Open the application to see its state.',
  },
  registration_closed: {
    status: 409,
    message: 'Registration is off for this version.',
    mend: 'Ask the API owner to turn it on.',
  },
  strategy_mismatch: {
    status: 409,
    message: 'This version uses another auth strategy than the application.',
    mend: 'Create another application for it.',
  },
  strategy_not_keys: {
    status: 403,
    message: 'This application does not use API keys.',
    mend: 'Use the client of its identity provider.',
  },
  too_many_keys: {
    status: 403,
    message: 'An application has at most 20 keys.',
    mend: 'Delete one that is no longer used.',
  },
  // decisions
  already_decided: { status: 409, message: 'It is already so.', mend: 'Nothing to do.' },
  content_changed: {
    status: 409,
    message: 'The request changed since you looked.',
    mend: 'Look at it again, then decide.',
  },
  decided_otherwise: {
    status: 409,
    message: 'Somebody decided otherwise first.',
    mend: 'Accept their decision, or ask again.',
  },
  illegal_transition: {
    status: 409,
    message: 'That is not possible from its present state.',
    mend: 'Look at its state, then choose another action.',
  },
  intent_reused: {
    status: 409,
    message: 'This decision id was used for another decision.',
    mend: 'Decide again; the app makes a new id.',
  },
  target_gone: {
    status: 404,
    message: 'It does not exist any more, or you may not see it.',
    mend: 'Nothing to do.',
  },
  undo_too_late: {
    status: 409,
    message: 'It has left this device already.',
    mend: 'Decide the opposite instead.',
  },
  // replication
  cursor_gone: {
    status: 410,
    message: 'The change log no longer reaches back that far.',
    mend: 'Load a new snapshot.',
  },
  cursor_ahead: {
    status: 410,
    message: 'The cursor is ahead of the server or of another epoch.',
    mend: 'Load a new snapshot.',
  },
  scope_changed: { status: 410, message: 'What you may see has changed.', mend: 'Load a new snapshot.' },
  snapshot_gone: {
    status: 410,
    message: 'That snapshot has been replaced by a newer one.',
    mend: 'Ask for the manifest again.',
  },
  frame_damaged: {
    status: 400,
    message: 'A frame arrived damaged or too large.',
    mend: 'Reconnect; the app does so by itself.',
  },
  document_refused: {
    status: 403,
    message: 'This document is not yours to write.',
    mend: 'Write only to your own intent document.',
  },
  // the desk
  desk_gone: {
    status: 503,
    message: 'The desk is not answering.',
    mend: 'Start it again; every decision that was shown is kept.',
  },
  offline: {
    status: 503,
    message: 'The server cannot be reached.',
    mend: 'Go on working; what you decide is kept and sent later.',
  },
  signed_out: { status: 401, message: 'You are not signed in on this desk.', mend: 'Sign in.' },
  folder_in_use: {
    status: 409,
    message: 'Another desk is using this data folder.',
    mend: 'Use that one, or start with another --data-dir.',
  },
  disk_full: {
    status: 507,
    message: 'The disk is full; the decision was not recorded.',
    mend: 'Free some space and decide again.',
  },
  journal_damaged: {
    status: 500,
    message: 'The decision journal is damaged in the middle.',
    mend: 'Keep the file and ask for help; nothing was thrown away.',
  },
  journal_unwritable: {
    status: 500,
    message: 'The decision journal cannot be written; the decision was not recorded.',
    mend: 'Check the disk and the rights of the data folder, then decide again.',
  },
  replica_failed: {
    status: 500,
    message: 'The local copy could not answer.',
    mend: 'Try again; if it stays, start the desk anew: it fetches what it needs.',
  },
  desk_failed: {
    status: 500,
    message: 'Something went wrong in the desk; no decision was lost.',
    mend: 'Try again; if it stays, start the desk anew.',
  },
  pages_missing: {
    status: 500,
    message: "The desk's pages have not been built.",
    mend: 'Run npm run build, then start the desk again.',
  },
  undelivered: {
    status: 409,
    message: 'Some decisions could not be delivered.',
    mend: 'Connect and try again, or keep or discard them.',
  },
  // the portal's pages
  answer_unreadable: {
    status: 502,
    message: 'The server answered something that this page does not understand.',
    mend: 'Reload the page; if it stays, tell the portal’s owner.',
  },
  unreachable: {
    status: 503,
    message: 'The portal cannot be reached just now.',
    mend: 'Check your connection, then try again. Nothing was lost.',
  },
  // settings and files
  portal_file_invalid: {
    status: 400,
    message: 'The portal file has mistakes.',
    mend: 'Correct the lines that are listed; nothing was changed.',
  },
  port_taken: { status: 409, message: 'The port is in use.', mend: 'Choose another port.' },
  settings_unsafe: {
    status: 500,
    message: 'The database is set so that it may lose commits.',
    mend: 'Turn on fsync, full_page_writes and synchronous_commit.',
  },
  // gateways
  signature_invalid: {
    status: 400,
    message: 'The answer is not signed by the expected server.',
    mend: 'Check the token and the address of the server.',
  },
  epoch_lower: {
    status: 409,
    message: 'The server speaks of an older epoch than this gateway has seen.',
    mend: 'Point the gateway at the live server.',
  },
  rollback_refused: {
    status: 409,
    message: 'The server speaks of an earlier moment than this gateway has seen, in the same epoch.',
    mend: 'Restore the server with its restore command, which raises the epoch.',
  },
  answer_foreign: {
    status: 409,
    message: 'The answer is meant for another gateway.',
    mend: 'Check the token: each gateway has its own.',
  },
  server_unreachable: {
    status: 503,
    message: 'The server cannot be reached.',
    mend: 'Check its address and the network; until then the last verified state stays in force.',
  },
  gateway_refused: {
    status: 401,
    message: 'The server does not accept this gateway’s token.',
    mend: 'Create a new token with `gatehouse token create`.',
  },
  gateway_token_malformed: {
    status: 400,
    message: 'That is not a gateway token.',
    mend: 'Copy it whole: it begins with ghg_.',
  },
  gateway_state_damaged: {
    status: 503,
    message: 'The state on this gateway’s disk is damaged.',
    mend: 'Nothing to do: it is fetched anew once the server is reached.',
  },
  haproxy_refused: {
    status: 502,
    message: 'HAProxy does not answer on its runtime socket, or refused a command.',
    mend: 'Check that HAProxy runs with the configuration that this gateway wrote.',
  },
  // calls through a gateway
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

export type ErrorCode = keyof typeof errors;

export const errorCodes: readonly ErrorCode[] = Object.keys(errors).filter(
  (code): code is ErrorCode => code in errors,
);

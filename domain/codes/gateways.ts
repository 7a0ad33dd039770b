/** Gateways and their agent. */
import { entries } from './entry.ts';

export const gateways = entries({
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
    mend: 'Check that it is this server’s and copied whole, or create one with `gatehouse token create --gateway NAME`.',
  },
  gateway_token_revoked: {
    status: 401,
    message: 'This gateway’s token was revoked.',
    mend: 'Create a new one with `gatehouse token create --gateway NAME`, and start the gateway with it.',
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
  target_behind: {
    status: 503,
    message: 'Calls do not meet the newest state of this gateway.',
    mend: 'Look at its log: HAProxy is probably away, or does not take commands. It goes on by itself.',
  },
  haproxy_refused: {
    status: 502,
    message: 'HAProxy does not answer on its runtime socket, or refused a command.',
    mend: 'Check that HAProxy runs with the configuration that this gateway wrote.',
  },
});

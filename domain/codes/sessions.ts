/** Who sent it: sign-in, sessions, devices and rights. */
import { entries } from './entry.ts';

export const sessions = entries({
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
  admin_last_owner: {
    status: 409,
    message: 'This is the last active owner.',
    mend: 'Make another admin an owner first.',
  },
  secrets_key_wrong: {
    status: 500,
    message: 'The secrets of this database are sealed with another key than this server has.',
    mend: 'Give all servers on it the same GATEHOUSE_SECRETS_KEY (or secrets.key). If it is lost, start once with GATEHOUSE_NEW_SECRETS_KEY=1, then reset second factors and make new webhook secrets and gateway tokens.',
  },
});

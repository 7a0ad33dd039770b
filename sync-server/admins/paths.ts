import { adminPaths } from '../../domain/wire/admin.ts';

/** Addresses of the pages for admins, beside `adminPaths.authorize`, which the desk knows too. */
export const pagePaths = {
  signIn: '/admin/sign-in',
  code: '/admin/sign-in/code',
  passkey: '/admin/sign-in/passkey',
  passkeyOptions: '/admin/sign-in/passkey-options',
  singleSignOn: '/admin/sign-in/oidc',
  /** Where the identity provider comes back to: to be registered there. */
  singleSignOnBack: '/admin/sign-in/oidc/callback',
  account: adminPaths.account,
} as const;

/** What the account page's forms do. */
export const accountPaths = {
  password: '/admin/account/password',
  authenticator: '/admin/account/authenticator',
  authenticatorConfirm: '/admin/account/authenticator/confirm',
  authenticatorOff: '/admin/account/authenticator/off',
  recoveryCodes: '/admin/account/recovery-codes',
  passkey: '/admin/account/passkeys',
  passkeyOptions: '/admin/account/passkeys/options',
  passkeyRename: '/admin/account/passkeys/rename',
  passkeyRemove: '/admin/account/passkeys/remove',
  device: '/admin/account/devices/revoke',
  sessions: '/admin/account/sessions/end',
  signOut: '/admin/account/sign-out',
  goOn: '/admin/account/continue',
} as const;

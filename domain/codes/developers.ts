/** Developers: sign-up, sign-in and their accounts. */
import { entries } from './entry.ts';

export const developers = entries({
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
});

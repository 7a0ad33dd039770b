/** Applications, registrations and credentials. */
import { entries } from './entry.ts';

export const applications = entries({
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
});

/** Webhooks: where they go. */
import { entries } from './entry.ts';

export const webhooks = entries({
  webhook_address_refused: {
    status: 400,
    message: 'Webhooks do not go to that address.',
    mend: 'Give an https:// address without user name and password; private ones need GATEHOUSE_WEBHOOK_PRIVATE.',
  },
  too_many_webhooks: {
    status: 409,
    message: 'There are as many webhooks as there may be.',
    mend: 'Remove one that is no longer used.',
  },
  webhook_without_secret: {
    status: 409,
    message: 'The webhook has no secret to sign with: a restore ended the one that it had.',
    mend: 'Make a new one (`gatehouse webhook secret ID`), give it to the receiver, then lift the pause.',
  },
});

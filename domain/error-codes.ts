/**
 * Every failure that crosses a boundary has a code, a sentence and the mend. The table is the documentation: the same
 * codes are served, shown and tested. Each group has its own file in codes/.
 */
import { applications } from './codes/applications.ts';
import { audit } from './codes/audit.ts';
import { backups } from './codes/backups.ts';
import { calls } from './codes/calls.ts';
import { decisions } from './codes/decisions.ts';
import { desk } from './codes/desk.ts';
import { developers } from './codes/developers.ts';
import { gateways } from './codes/gateways.ts';
import { pages } from './codes/pages.ts';
import { replication } from './codes/replication.ts';
import { requests } from './codes/requests.ts';
import { sessions } from './codes/sessions.ts';
import { settings } from './codes/settings.ts';
import { watching } from './codes/watching.ts';
import { webhooks } from './codes/webhooks.ts';

export const errors = {
  ...requests,
  ...sessions,
  ...developers,
  ...applications,
  ...decisions,
  ...replication,
  ...desk,
  ...pages,
  ...settings,
  ...backups,
  ...gateways,
  ...calls,
  ...audit,
  ...watching,
  ...webhooks,
};

export type ErrorCode = keyof typeof errors;

export const errorCodes: readonly ErrorCode[] = Object.keys(errors).filter(
  (code): code is ErrorCode => code in errors,
);

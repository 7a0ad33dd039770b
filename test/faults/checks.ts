/** All checks, in the order of the table. */
import type { Check } from './check.ts';
import { databaseKilled, serverKilled } from './checks/server-killed.ts';

export const checks: readonly Check[] = [serverKilled, databaseKilled];

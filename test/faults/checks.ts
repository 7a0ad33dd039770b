/** All checks, in the order of the table. */
import type { Check } from './check.ts';

export const checks: readonly Check[] = [];

/**
 * Import it before any schema: the policy forbids `eval`, and zod would try it once to see whether it may compile its
 * parsers, which browsers report as a violation.
 */
import { config } from 'zod';

config({ jitless: true });

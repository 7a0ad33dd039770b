/**
 * The policy of the pages forbids making code from text. zod tries whether it may, and the browser reports each try; so
 * this is imported before any schema is made.
 */
import { config } from 'zod';

config({ jitless: true });

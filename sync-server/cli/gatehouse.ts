#!/usr/bin/env node
/** The command line `gatehouse`. */
import './node-version.js';
import { runCommandLine } from './run.ts';

// Set rather than exited: what is being written to a pipe still arrives.
process.exitCode = await runCommandLine(process.argv.slice(2));

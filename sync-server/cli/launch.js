#!/usr/bin/env node
// What `npx gatehouse` runs: the check first, since an old Node cannot load what comes after it.
import './node-version.js';
await import('./gatehouse.ts');

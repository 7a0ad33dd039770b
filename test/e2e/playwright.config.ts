import { defineConfig } from '@playwright/test';
import { env } from 'node:process';

/** The tests drive the system's Chromium; CHROMIUM names another one. */
const executablePath = env['CHROMIUM'] ?? '/usr/bin/chromium';

/** No traffic of the browser's own, and no sandbox because CI runs as root. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: '../../test-results',
  forbidOnly: true,
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 120_000,
  reporter: [['list']],
  use: {
    launchOptions: { executablePath, args },
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
